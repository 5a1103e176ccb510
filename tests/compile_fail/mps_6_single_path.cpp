// error: \[mps\.6\] Mps has no SinglePath
// SPDX-License-Identifier: Apache-2.0
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/mps.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Gumbel;
#else
using Case = SinglePath;
#endif
struct Net : Network<Image<3, 8, 8>, Conv2d<4>> {};
using Search = Mps<Net, Case>;
static_assert(Search::limits.empty());
