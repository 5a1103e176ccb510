// error: \[choice\.3\] the alternatives of Choice give
// SPDX-License-Identifier: Apache-2.0
// error: ShapesOfAlternatives<.*\{4, 8, 8.*\{4, 6, 6.*\{5, 8, 8
#include <pliny/graph/choice.hpp>
#include <pliny/graph/plan.hpp>
#include <pliny/layers/conv2d.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Choice<Conv2d<4>, Conv2d<4, Kernel<3>, Padding<1>>, Conv2d<4, NoBias>>;
#else
using Case = Choice<Conv2d<4>, Conv2d<4, Kernel<3>>, Conv2d<5>>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
