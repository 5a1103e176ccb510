// error: \[duccio\.5\] the limit lies below the
// SPDX-License-Identifier: Apache-2.0
// error: LimitCheck<.*, 15, 16, 112, false>
#include <pliny/graph/choice.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/super_net.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Duccio<Limit<Params, 16>>;
#else
using Case = Duccio<Limit<Params, 15>>;
#endif
struct Net : Network<Image<3, 8, 8>, Choice<Conv2d<4>, Conv2d<4, Kernel<3>, Padding<1>>>> {};
using Search = SuperNet<Net, Case>;
static_assert(Search::limits.size() == 1);
