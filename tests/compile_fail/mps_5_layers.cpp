// error: \[mps\.5\] 0 bits prune single channels
// SPDX-License-Identifier: Apache-2.0
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/mps.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = PerChannel;
#else
using Case = PerLayer;
#endif
struct Net : Network<Image<3, 8, 8>, Conv2d<4>> {};
using Search = Mps<Net, Weights<0, 8>, Case>;
static_assert(Search::limits.empty());
