// error: \[mps\.9\] a cost has no price
// SPDX-License-Identifier: Apache-2.0
#include <pliny/cost/ne16.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/mps.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Activations<8>;
#else
using Case = Activations<4, 8>;
#endif
struct Net : Network<Image<3, 8, 8>, Sequential<Conv2d<8>, Conv2d<4>>> {};
using Search = Mps<Net, Cost<Ne16Latency>, Case>;
static_assert(Search::limits.empty());
