// error: \[sequential\.1\] Sequential takes layers and blocks
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/plan.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Sequential<Conv2d<4>>;
#else
using Case = Sequential<Conv2d<4>, int>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
