// error: \[super_net\.2\] SuperNet does not know
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/choice.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/super_net.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Duccio<Limit<Params, 50>>;
#else
using Case = Limit<Params, 50>;
#endif
struct Net : Network<Image<3, 8, 8>, Choice<Conv2d<4>, Conv2d<4, Kernel<3>, Padding<1>>>> {};
using Search = SuperNet<Net, Case>;
static_assert(Search::limits.size() == 1);
