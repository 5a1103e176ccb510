// error: \[super_net\.4\] the network has no Choice
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/choice.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/super_net.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Choice<Conv2d<4>, Conv2d<4, Kernel<3>, Padding<1>>>;
#else
using Case = Conv2d<4>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
using Search = SuperNet<Net>;
static_assert(Search::limits.empty());
