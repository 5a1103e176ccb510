// error: \[activations\.2\] the bits of Activations<\.\.\.> rise
// SPDX-License-Identifier: Apache-2.0
#include <pliny/methods/mps/bits.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Activations<4, 8>;
#else
using Case = Activations<8, 8>;
#endif
static_assert(Case::bits[1] == 8);
