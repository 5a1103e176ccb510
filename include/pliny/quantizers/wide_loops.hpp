// SPDX-License-Identifier: Apache-2.0
#pragma once

// Quantizers give the same in all builds: here -ffast-math and its parts do not hold.
#if defined(__clang__)
#pragma float_control(precise, on, push)
#elif defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) ||             \
    (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#pragma GCC push_options
#pragma GCC optimize("no-fast-math")
#endif

namespace pliny::detail {

// Without -march compilers use the vectors that every x86-64 has, of 4 floats. There the loops are compiled
// again for processors with vectors of 8 and of 16, and chosen when they run. Results are the same, bit for
// bit: nothing is fused to fma, which AVX2 has only by another flag, but AVX-512 always.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__AVX2__) && !defined(__CUDACC__)

// flatten: what they call becomes part of them, else it would not be compiled again.
template <class Loop>
[[gnu::target("avx2"), gnu::flatten]] void on_8_floats(const Loop& loop) {
    loop();
}
template <class Loop>
#ifndef __clang__ // it fuses within one expression only, and the loops have none to fuse
[[gnu::optimize("fp-contract=off")]]
#endif
[[gnu::target("avx512f,avx512vl,avx512dq,avx512vbmi2"), gnu::flatten]] void
on_16_floats(const Loop& loop) {
    loop();
}

/// Runs a loop, a lambda without arguments, on the widest vectors that make it faster: processors from before
/// VBMI2 clock down for those of 16 floats.
template <class Loop>
void on_wide_vectors(const Loop& loop) {
    if (__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vbmi2")) // each reads a variable that is set before any constructor
        on_16_floats(loop);
    else if (__builtin_cpu_supports("avx2"))
        on_8_floats(loop);
    else
        loop();
}

#else

/// Runs a loop, a lambda without arguments.
template <class Loop>
void on_wide_vectors(const Loop& loop) {
    loop();
}

#endif

} // namespace pliny::detail

#if defined(__clang__)
#pragma float_control(pop)
#elif defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) ||             \
    (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#pragma GCC pop_options
#endif
