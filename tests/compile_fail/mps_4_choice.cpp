// error: \[mps\.4\] the network has a Choice
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/choice.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/mps.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Conv2d<4>;
#else
using Case = Choice<Conv2d<4>, Conv2d<4, Kernel<3>, Padding<1>>>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
using Search = Mps<Net>;
static_assert(Search::limits.empty());
