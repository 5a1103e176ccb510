// error: \[super_net\.1\] the first argument of SuperNet
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/choice.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/super_net.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
struct Net : Network<Image<3, 8, 8>, Choice<Conv2d<4>, Conv2d<4, Kernel<3>, Padding<1>>>> {};
#else
struct Net : Choice<Conv2d<4>, Conv2d<4, Kernel<3>, Padding<1>>> {};
#endif
using Search = SuperNet<Net>;
static_assert(Search::limits.empty());
