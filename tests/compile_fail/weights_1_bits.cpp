// error: \[weights\.1\] Weights<\.\.\.> takes 0
// SPDX-License-Identifier: Apache-2.0
#include <pliny/methods/mps/bits.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Weights<1, 8, 16>;
#else
using Case = Weights<1, 8, 12>;
#endif
static_assert(Case::bits[0] == 1);
