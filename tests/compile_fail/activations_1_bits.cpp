// error: \[activations\.1\] Activations<\.\.\.> takes 1 to 8
// SPDX-License-Identifier: Apache-2.0
#include <pliny/methods/mps/bits.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Activations<2, 8>;
#else
using Case = Activations<0, 8>;
#endif
static_assert(Case::bits[1] == 8);
