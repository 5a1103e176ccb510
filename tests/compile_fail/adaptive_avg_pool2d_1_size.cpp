// error: \[adaptive_avg_pool2d\.1\] AdaptiveAvgPool2d needs a positive output
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/plan.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/adaptive_avg_pool2d.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = AdaptiveAvgPool2d<2>;
#else
using Case = AdaptiveAvgPool2d<0>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
