// error: \[avg_pool2d\.1\] AvgPool2d does not know one
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/plan.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/avg_pool2d.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = AvgPool2d<2, Padding<1>>;
#else
using Case = AvgPool2d<2, SamePadding>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
