// error: \[pit\.5\] there is nothing to prune
// SPDX-License-Identifier: Apache-2.0
#include <pliny/cost/params.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/pit.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Multiple<8>;
#else
using Case = Multiple<64>;
#endif
struct Net : Network<Image<3, 8, 8>, Sequential<Conv2d<16>, Conv2d<4>>> {};
using Search = Pit<Net, Cost<Params>, NoRegularizer, Case>;
static_assert(Search::limits.empty());
