// error: \[conv2d\.4\] SamePadding needs stride 1; give
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/plan.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Conv2d<4, Kernel<3>, Padding<1>, Stride<2>>;
#else
using Case = Conv2d<4, Kernel<3>, SamePadding, Stride<2>>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
