// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace pliny::detail {

/// Runs a loop, a lambda, on the widest vectors that are worth it: without -march compilers use those that
/// every x86-64 has, of 4 floats, so there it is compiled a second time, for processors with AVX2. That
/// leaves out fma, which would round otherwise: results are the same on all of them, bit for bit.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__AVX2__) && !defined(__CUDACC__)

template <class Loop>
[[gnu::target("avx2"), gnu::flatten]] void
on_avx2(const Loop& loop) { // flatten: all that it calls is inlined
    loop();
}
template <class Loop>
void on_wide_vectors(const Loop& loop) {
    if (__builtin_cpu_supports("avx2")) // looked up before main()
        on_avx2(loop);
    else
        loop();
}

#else

template <class Loop>
void on_wide_vectors(const Loop& loop) {
    loop();
}

#endif

} // namespace pliny::detail
