// error: \[weights\.2\] the bits of Weights<\.\.\.> rise
// SPDX-License-Identifier: Apache-2.0
#include <pliny/methods/mps/bits.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Weights<2, 4, 8>;
#else
using Case = Weights<8, 4, 2>;
#endif
static_assert(Case::bits[1] == 4);
