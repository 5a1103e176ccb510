// error: \[linear\.4\] Linear needs a vector as
// SPDX-License-Identifier: Apache-2.0
// error: ("0"|48, 0).*\{3, 8, 8
#include <pliny/graph/plan.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/flatten.hpp>
#include <pliny/layers/linear.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Sequential<Flatten, Linear<4>>;
#else
using Case = Sequential<Linear<4>>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
