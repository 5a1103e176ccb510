// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib> // defines __GLIBC__ where it is the C library

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace pliny {

/// Lets the C library keep the memory that a training step frees, so that the next step does not pay for
/// fresh pages; for main functions, once. Up to 32 MiB a block, the most that glibc takes from its heap.
inline void keep_freed_memory() {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
#endif
}

} // namespace pliny
