// error: \[window\.1\] sizes have one number for all axes, or one for each of them
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/plan.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Conv2d<4, Kernel<3, 1>, Padding<1>>;
#else
using Case = Conv2d<4, Kernel<3, 1, 3>, Padding<1>>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
