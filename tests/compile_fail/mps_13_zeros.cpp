// error: \[mps\.13\] the weights of the network are transformed: 0 bits would prune single channels
// SPDX-License-Identifier: Apache-2.0
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/mps.hpp>
#include <pliny/methods/nm_sparse.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Weights<2, 8>;
#else
using Case = Weights<0, 8>;
#endif
struct Net : Network<Image<4, 8, 8>, Conv2d<4>> {};
using Search = Mps<NmSparse<2, 4, Net>, Case, PerChannel>;
static_assert(Search::limits.empty());
