// SPDX-License-Identifier: Apache-2.0
// Codes and values of uniform quantizers.
#include <pliny/quantizers/loops.hpp>

using namespace pliny;

// Halves go to the even neighbour, and no result is -0.
static_assert(round_to_even(0.5f) == 0 && round_to_even(1.5f) == 2 && round_to_even(2.5f) == 2);
static_assert(round_to_even(-0.5f) == 0 && round_to_even(-1.5f) == -2 && round_to_even(-2.5f) == -2);
static_assert(round_to_even(2.49f) == 2 && round_to_even(2.51f) == 3 && round_to_even(-32767.4f) == -32767);
static_assert(1 / (round_to_even(-0.3f) + 1e-30f) > 0);

// Steps of 1, which leave the codes to be seen.
constexpr Grid by_ones = unsigned_grid(15, 4);
static_assert(by_ones.step == 1 && by_ones.lo == 0 && by_ones.hi == 15);
static_assert(by_ones.value(2.5f) == 2 && by_ones.value(3.5f) == 4 && by_ones.value(14.6f) == 15);
static_assert(by_ones.value(-3) == 0 && by_ones.value(15.7f) == 15 && by_ones.value(1e30f) == 15);
static_assert(by_ones.inside(0.1f) && by_ones.inside(14.9f) && !by_ones.inside(0) && !by_ones.inside(15) &&
              !by_ones.inside(-1) && !by_ones.inside(16));

constexpr Grid both_sides = signed_grid(7.5f, 4);
static_assert(both_sides.step == 1 && both_sides.lo == -8 && both_sides.hi == 7);
static_assert(both_sides.value(-9) == -8 && both_sides.value(9) == 7 && both_sides.value(-6.5f) == -6);

constexpr Grid shifted = affine_grid(-4.4f, 10.6f, 4);
static_assert(shifted.lo == -4 && shifted.hi == 11 && shifted.value(-9) == -4 * shifted.step &&
              shifted.value(12) == 11 * shifted.step);

// Nothing to show: all values are 0.
static_assert(unsigned_grid(0, 8).value(3) == 0 && unsigned_grid(-1, 8).value(3) == 0 &&
              affine_grid(0, 0, 8).value(-3) == 0 && weight_grid(0, 2).value(1) == 0);

// Nor is a step whose inverse is infinite, which would make NaN of 0; one that is just large enough is.
constexpr bool all_zero(const Grid& grid) {
    return grid.step == 0 && grid.inverse == 0 && grid.value(0) == 0 && grid.value(1) == 0 &&
           grid.value(-1) == 0;
}
static_assert(all_zero(make_grid(1e-45f, -8, 7)) && all_zero(make_grid(1.17e-38f, -8, 7)) &&
              all_zero(unsigned_grid(1e-38f, 8)) && all_zero(weight_grid(1e-38f, 8)) &&
              all_zero(affine_grid(-1e-38f, 1e-38f, 8)));
static_assert(make_grid(1.2e-38f, -8, 7).value(3.6e-38f) == 3 * 1.2e-38f &&
              make_grid(1.2e-38f, -8, 7).value(-1) == -8 * 1.2e-38f &&
              make_grid(1.2e-38f, -8, 7).value(0) == 0);

constexpr bool near(float found, float expected) {
    return found - expected < 1e-6f * expected && expected - found < 1e-6f * expected;
}

constexpr bool holds_for(int bits, float range) {
    const Grid positive = unsigned_grid(range, bits), both = signed_grid(range, bits);
    if (positive.lo != 0 || positive.hi != static_cast<float>((1 << bits) - 1) ||
        positive.code(range) != positive.hi || !near(positive.value(2 * range), range))
        return false;
    if (both.step != 2 * positive.step || both.hi - both.lo != positive.hi || both.hi + both.lo != -1)
        return false;
    for (float part : {0.0f, 0.1f, 0.25f, 0.5f, 0.77f, 1.0f}) {
        const Grid affine = affine_grid(-part * range, (1 - part) * range, bits);
        if (affine.value(0) != 0 || affine.hi - affine.lo != positive.hi || affine.lo > 0 || affine.hi < 0)
            return false;
    }
    if (bits == 1)
        return true;
    const Grid weights = weight_grid(range, bits);
    return weights.hi == static_cast<float>((1 << (bits - 1)) - 1) && weights.lo == -weights.hi &&
           weights.code(range) == weights.hi && weights.code(-range) == weights.lo &&
           near(weights.value(range), range) && weights.value(-range) == -weights.value(range);
}
constexpr bool holds_for_all() {
    for (float range : {1e-6f, 0.013f, 1.0f, 2.7182818f, 6.0f, 1e7f})
        for (int bits : {1, 2, 3, 4, 5, 6, 7, 8, 16})
            if (!holds_for(bits, range))
                return false;
    return true;
}
static_assert(holds_for_all());

// Few bits clip where the mean says, many at the largest, none above it.
static_assert(clipped_range({4, 1}, 5) == 4 && clipped_range({4, 1}, 8) == 4 &&
              clipped_range({4, 1}, 16) == 4);
static_assert(near(clipped_range({4, 1}, 2), 1.5340567f) && near(clipped_range({4, 1}, 3), 2.4469700f) &&
              near(clipped_range({4, 1}, 4), 3.1004486f));
static_assert(clipped_range({1, 1}, 2) == 1 && clipped_range({0, 0}, 4) == 0);

// What loops use in place of inside().
constexpr bool same_inside(const Grid& grid) {
    for (float x : {-9.0f, -8.0f, -7.9f, -0.1f, 0.0f, 0.1f, 6.9f, 7.0f, 7.1f, 14.9f, 15.0f, 15.1f})
        if (detail::where_inside(grid, x, 3) != (grid.inside(x) ? 3.0f : 0.0f))
            return false;
    return true;
}
static_assert(same_inside(by_ones) && same_inside(both_sides) && same_inside(shifted) &&
              same_inside(unsigned_grid(0, 8)));
