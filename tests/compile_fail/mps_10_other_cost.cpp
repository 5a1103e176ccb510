// error: \[mps\.10\] the regularizer speaks of a
// SPDX-License-Identifier: Apache-2.0
#include <pliny/cost/ops_bit.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/mps.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Duccio<Limit<OpsBit, Percent<50>>>;
#else
using Case = Duccio<Limit<Percent<50>>>;
#endif
struct Net : Network<Image<3, 8, 8>, Conv2d<4>> {};
using Search = Mps<Net, Cost<ParamsBit, OpsBit>, Case>;
static_assert(Search::limits.size() == 1);
