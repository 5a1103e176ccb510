// error: \[mps\.11\] LearnedSteps takes weights of 2
// SPDX-License-Identifier: Apache-2.0
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/mps.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Weights<0, 2>;
#else
using Case = Weights<0, 1>;
#endif
struct Net : Network<Image<3, 8, 8>, Conv2d<4>> {};
using Search = Mps<Net, PerChannel, LearnedSteps, Case>;
static_assert(Search::limits.size() == 0);
