// error: \[mps\.1\] the first argument of Mps
// SPDX-License-Identifier: Apache-2.0
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/mps.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
struct Net : Network<Image<3, 8, 8>, Conv2d<4>> {};
#else
struct Net : Conv2d<4> {};
#endif
using Search = Mps<Net>;
static_assert(Search::limits.empty());
