// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/quantizers/grid.hpp>
#include <pliny/quantizers/wide_loops.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

// Quantizers give the same in all builds: here -ffast-math and its parts do not hold.
#if defined(__clang__)
#pragma float_control(precise, on, push)
#elif defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) ||             \
    (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#pragma GCC push_options
#pragma GCC optimize("no-fast-math")
#endif

namespace pliny::detail {

/// How many partial sums run beside each other. The source fixes their order, so that compilers may use
/// vectors and the result is the same at every run.
inline constexpr int lanes = 16;
/// After how many elements the partial sums, floats, are added to doubles.
inline constexpr int block = 32 * lanes;

/// Quantizers and how much of the result comes from each; from a single one all does, whatever its share.
template <int Candidates>
struct Mixture {
    Grid grids[Candidates];
    float share[Candidates];
};

/// Sums over a tensor for each quantizer, where g is the gradient by the mixture.
template <int Candidates>
struct MixtureSums {
    double by_value[Candidates]{}; // of g x value: the gradient by the share
    double by_input[Candidates]{}; // of g x input where that is inside; share x (by_value - by_input) is the
                                   // gradient by the logarithm of the step, rounding passing gradients on
};

template <int Candidates>
struct MixtureLanes {
    float by_code[Candidates][lanes]{};
    float by_input[Candidates][lanes]{};
};

/// The grid, with codes that the compiler does not know: from constants g++ makes branches, and then no
/// vectors.
inline Grid with_unknown_codes(Grid grid) {
    const volatile float lo = grid.lo, hi = grid.hi;
    return {grid.step, grid.inverse, lo, hi};
}
/// A copy for loops, whose stores cannot change it.
template <class AnyMixture>
AnyMixture for_loops(AnyMixture mixture) {
    for (Grid& grid : mixture.grids)
        grid = with_unknown_codes(grid);
    return mixture;
}

/// What a quantizer adds to a sum; a function, as clang fuses products and sums of one expression to fma.
constexpr float code_part(float factor, const Grid& grid, float x) { return factor * grid.code(x); }

/// `number` where grid.inside(x), otherwise 0; with a branch in it g++ would make no vectors of the loop.
constexpr float where_inside(const Grid& grid, float x, float number) {
    const float scaled = x * grid.inverse;
    const std::int32_t mask =
        -static_cast<std::int32_t>(scaled > grid.lo) & -static_cast<std::int32_t>(scaled < grid.hi);
    return std::bit_cast<float>(std::bit_cast<std::int32_t>(number) & mask);
}

/// The sum of the shares of the quantizers that do not clip x.
template <int Candidates, std::size_t... Index>
constexpr float share_inside(const Mixture<Candidates>& mixture, float x, std::index_sequence<Index...>) {
    return (... + where_inside(mixture.grids[Index], x, Candidates == 1 ? 1.0f : mixture.share[Index]));
}

using AllLanes = std::integral_constant<int, lanes>;

// One step of the lanes: of all, where Width is that constant, or of those that are left at the end. Part of
// the function that calls them, for the vectors that this is compiled for.
template <int Candidates, class Width, std::size_t... Index>
[[gnu::always_inline]] inline void mix_tile(const float* __restrict x, float* __restrict y, Width width,
                                            const Mixture<Candidates>& factors,
                                            std::index_sequence<Index...>) {
#ifdef __clang__ // from loops that it unrolls it makes no vectors
#pragma clang loop unroll(disable)
#endif
    for (int l = 0; l < width; ++l)
        y[l] = (... + code_part(factors.share[Index], factors.grids[Index], x[l]));
}
template <int Candidates, class Width, std::size_t... Index>
[[gnu::always_inline]] inline void backward_tile(const float* __restrict x, const float* g, float* dx,
                                                 Width width, const Mixture<Candidates>& mixture,
                                                 MixtureLanes<Candidates>& __restrict sums,
                                                 std::index_sequence<Index...> all) {
    float passed[lanes]; // dx may be g
    for (int l = 0; l < width; ++l) {
        ((sums.by_code[Index][l] += code_part(g[l], mixture.grids[Index], x[l])), ...);
        ((sums.by_input[Index][l] += where_inside(mixture.grids[Index], x[l], g[l] * x[l])), ...);
        passed[l] = g[l] * share_inside(mixture, x[l], all);
    }
    for (int l = 0; l < width; ++l)
        dx[l] = passed[l];
}
template <int Candidates, class Width>
[[gnu::always_inline]] inline void gradient_tile(const float* __restrict x, const float* g, float* dx,
                                                 Width width, const Mixture<Candidates>& mixture) {
    float passed[lanes];
#ifdef __clang__ // as in mix_tile()
#pragma clang loop unroll(disable)
#endif
    for (int l = 0; l < width; ++l)
        passed[l] = g[l] * share_inside(mixture, x[l], std::make_index_sequence<Candidates>());
    for (int l = 0; l < width; ++l)
        dx[l] = passed[l];
}

/// y = sum of share x value of x.
template <int Candidates>
void mix(const float* __restrict x, float* __restrict y, std::int64_t count,
         const Mixture<Candidates>& mixture) {
    on_wide_vectors([&] {
        Mixture<Candidates> factors = for_loops(mixture);
        for (int n = 0; n < Candidates; ++n)
            factors.share[n] = (Candidates == 1 ? 1.0f : factors.share[n]) * factors.grids[n].step;
        constexpr std::make_index_sequence<Candidates> all;
        std::int64_t i = 0;
        for (; count - i >= lanes; i += lanes)
            mix_tile(x + i, y + i, AllLanes(), factors, all);
        mix_tile(x + i, y + i, static_cast<int>(count - i), factors, all);
    });
}

/// dx = g x the shares that do not clip x, and adds to the sums. dx may be g, but not overlap it otherwise.
template <int Candidates>
void mix_backward(const float* x, const float* g, float* dx, std::int64_t count,
                  const Mixture<Candidates>& mixture, MixtureSums<Candidates>& sums) {
    on_wide_vectors([&] {
        const Mixture<Candidates> local = for_loops(mixture);
        constexpr std::make_index_sequence<Candidates> all;
        for (std::int64_t i = 0; i < count;) {
            const std::int64_t end = count - i < block ? count : i + block;
            MixtureLanes<Candidates> partial;
            for (; end - i >= lanes; i += lanes)
                backward_tile(x + i, g + i, dx + i, AllLanes(), local, partial, all);
            backward_tile(x + i, g + i, dx + i, static_cast<int>(end - i), local, partial, all);
            i = end;
            for (int n = 0; n < Candidates; ++n)
                for (int l = 0; l < lanes; ++l) {
                    sums.by_value[n] += double{local.grids[n].step} * double{partial.by_code[n][l]};
                    sums.by_input[n] += double{partial.by_input[n][l]};
                }
        }
    });
}

/// As mix_backward(), where nobody wants the sums.
template <int Candidates>
void mix_gradient(const float* x, const float* g, float* dx, std::int64_t count,
                  const Mixture<Candidates>& mixture) {
    on_wide_vectors([&] {
        const Mixture<Candidates> local = for_loops(mixture);
        std::int64_t i = 0;
        for (; count - i >= lanes; i += lanes)
            gradient_tile(x + i, g + i, dx + i, AllLanes(), local);
        gradient_tile(x + i, g + i, dx + i, static_cast<int>(count - i), local);
    });
}

} // namespace pliny::detail

#if defined(__clang__)
#pragma float_control(pop)
#elif defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) ||             \
    (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#pragma GCC pop_options
#endif
