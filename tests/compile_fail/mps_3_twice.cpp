// error: \[mps\.3\] Mps is told one thing
// SPDX-License-Identifier: Apache-2.0
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/mps.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Activations<8>;
#else
using Case = Weights<8>;
#endif
struct Net : Network<Image<3, 8, 8>, Conv2d<4>> {};
using Search = Mps<Net, Weights<2, 4>, Case>;
static_assert(Search::limits.empty());
