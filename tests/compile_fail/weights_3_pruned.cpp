// error: \[weights\.3\] Weights<0> leaves no weights
// SPDX-License-Identifier: Apache-2.0
#include <pliny/methods/mps/bits.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Weights<0, 8>;
#else
using Case = Weights<0>;
#endif
static_assert(Case::bits[0] == 0);
