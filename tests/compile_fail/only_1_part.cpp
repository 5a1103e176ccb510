// error: \[only\.1\] Only takes a layer and its bits
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/mps.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Only<"0", Weights<8>>;
#else
using Case = Only<"0", PerChannel>;
#endif
struct Net : Network<Image<3, 8, 8>, Sequential<Conv2d<8>, Conv2d<4>>> {};
using Search = Mps<Net, Case>;
static_assert(Search::limits.empty());
