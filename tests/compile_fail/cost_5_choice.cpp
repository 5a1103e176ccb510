// error: \[cost\.5\] what a network with Choice
// SPDX-License-Identifier: Apache-2.0
#include <pliny/cost/concept.hpp>
#include <pliny/cost/params.hpp>
#include <pliny/graph/choice.hpp>
#include <pliny/layers/conv2d.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Conv2d<4>;
#else
using Case = Choice<Conv2d<4>, Conv2d<4, Kernel<3>, Padding<1>>>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(cost_of<Net, Params> >= 0);
