// error: \[duccio\.5\] the limit lies below
// error: LimitCheck<.*, 23, 24, 96, false>
// SPDX-License-Identifier: Apache-2.0
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/mps.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Duccio<Limit<24>>;
#else
using Case = Duccio<Limit<23>>;
#endif
struct Net : Network<Image<3, 8, 8>, Conv2d<4>> {};
using Search = Mps<Net, Case>;
static_assert(Search::limits.size() == 1);
