// error: \[input_bits\.1\] InputBits takes 1 to 8 and 16
// SPDX-License-Identifier: Apache-2.0
#include <pliny/methods/mps/bits.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = InputBits<16>;
#else
using Case = InputBits<0>;
#endif
static_assert(Case::bits >= 0);
