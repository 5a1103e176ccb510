// error: \[choice\.2\] Choice takes layers and blocks
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/choice.hpp>
#include <pliny/graph/plan.hpp>
#include <pliny/layers/conv2d.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Choice<Conv2d<4>, Conv2d<4, Kernel<3>, Padding<1>>>;
#else
using Case = Choice<Conv2d<4>, int>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
