// error: \[network\.2\] the first argument of Network
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/plan.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Image<3, 8, 8>;
#else
using Case = Shape;
#endif
struct Net : Network<Case, Conv2d<4>> {};
static_assert(plan<Net>.size() > 0);
