// error: \[mps\.2\] Mps does not know
// SPDX-License-Identifier: Apache-2.0
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/mps.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Duccio<Limit<500>>;
#else
using Case = Limit<500>;
#endif
struct Net : Network<Image<3, 8, 8>, Conv2d<4>> {};
using Search = Mps<Net, Case>;
static_assert(Search::limits.size() == 1);
