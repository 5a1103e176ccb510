// SPDX-License-Identifier: Apache-2.0
// What quantizers give, bit by bit; `fast_math.py` compares builds with and without -ffast-math.
#include "support/plinio_quantizers.hpp"
#include <pliny/meta/is_finite.hpp>
#include <pliny/quantizers/channel_loops.hpp>

#include <bit>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <vector>

using namespace pliny;
using namespace pliny::detail;

namespace {

std::uint32_t bits_of(float x) { return std::bit_cast<std::uint32_t>(x); }

void print(const char* what, const std::vector<float>& numbers) {
    std::uint64_t hash = 1469598103934665603u; // FNV-1a
    for (float x : numbers)
        hash = (hash ^ bits_of(x)) * 1099511628211u;
    std::printf("%-12s %016llx", what, static_cast<unsigned long long>(hash));
    for (std::size_t i = 0; i < numbers.size(); i += numbers.size() / 4 + 1)
        std::printf(" %08x", bits_of(numbers[i]));
    std::printf("\n");
}

/// Numbers between -2 and 2, halves of steps and zeros among them.
std::vector<float> numbers(std::size_t count) {
    std::vector<float> made(count);
    std::uint32_t state = 1;
    for (float& x : made) {
        state = state * 1664525u + 1013904223u;
        x = static_cast<float>(static_cast<std::int32_t>(state >> 8) - (1 << 23)) /
            static_cast<float>(1 << 22);
        if (state % 17 == 0)
            x = static_cast<float>(static_cast<int>(state >> 24) - 128) / 64;
    }
    return made;
}

template <int Bits>
void channels(const std::vector<float>& w) {
    const auto count = static_cast<std::int64_t>(w.size());
    const ChannelRange range = channel_range(w.data(), count);
    const Grid grid = channel_grid(range, Bits);
    std::vector<float> made(w.size());
    quantize_channel(w.data(), made.data(), count, grid, Bits);
    print("weights", made);
    std::vector<std::int8_t> codes(w.size());
    made.back() = code_channel(w.data(), codes.data(), count, grid, Bits);
    for (std::size_t i = 0; i + 1 < codes.size(); ++i)
        made[i] = static_cast<float>(codes[i]);
    print("codes", made);
    const float share[] = {0.1f, 0.2f, 0.7f};
    mix_channel(w.data(), made.data(), count, weight_mixture<0, 2, Bits>(range, share));
    print("mixture", made);
    double sums[3]{};
    channel_sums(w.data(), made.data(), count, weight_mixture<0, 2, Bits>(range, share), sums);
    print("sums", {static_cast<float>(sums[0]), static_cast<float>(sums[1]), static_cast<float>(sums[2])});
    print("range", {range.largest, range.mean, grid.step, grid.inverse, grid.lo, grid.hi});
}

/// Known when compiling, and from numbers that the compiler does not know.
void grids(int bits, float given) {
    const volatile float kept = given;
    const float clip = kept, product = kept * 12345.6f;
    std::vector<float> made;
    for (const Grid& grid :
         {unsigned_grid(clip, bits), signed_grid(clip, bits), affine_grid(-0.4f * clip, clip, bits),
          weight_grid(clip, bits), unsigned_grid(clip, 8), signed_grid(clip, 4)})
        made.insert(made.end(),
                    {grid.step, grid.inverse, grid.lo, grid.hi, grid.value(0.71f), grid.value(-0.3f)});
    const compat::Pact pact = compat::unsigned_pact(clip, bits);
    made.insert(made.end(), {pact.value(0.71f), pact.multiplier, pact.scale, compat::nearest(product),
                             compat::weight_value(0.3f, compat::weight_scale(clip, bits), bits),
                             compat::bias_value(0.3f, compat::bias_scale(clip, 0.01f)),
                             static_cast<float>(on_grid(0.1234567, 1e-6 * bits, false))});
    print("grids", made);
}

} // namespace

int main(int argc, char**) {
    const std::vector<float> x = numbers(1003);
    std::vector<float> made(x.size());
    mix(x.data(), made.data(), std::ssize(x), Mixture<1>{{signed_grid(1.3f, 5)}, {1}});
    print("activations", made);
    const Mixture<2> two{{signed_grid(1.3f, 5), unsigned_grid(0.9f, 8)}, {0.25f, 0.75f}};
    mix(x.data(), made.data(), std::ssize(x), two);
    print("mixture", made);
    MixtureSums<2> sums;
    mix_backward(x.data(), x.data(), made.data(), std::ssize(x), two, sums);
    print("gradients", made);
    print("sums", {static_cast<float>(sums.by_value[0]), static_cast<float>(sums.by_input[1])});
    mix_gradient(x.data(), x.data(), made.data(), std::ssize(x), two);
    print("gradients", made);
    channels<1>(x);
    channels<3>(x);
    channels<8>(x);
    for (int bits = 2; bits <= 8; ++bits)
        grids(bits * argc, 0.37f * static_cast<float>(bits * argc));

    // Not known to the compiler: argc is 1.
    const float zero = static_cast<float>(argc - 1), infinite = 1 / zero;
    const float nan = std::bit_cast<float>(0x7fc00000u + static_cast<unsigned>(argc));
    std::printf("finite: %d %d %d %d %d\n", is_finite(double{zero}), is_finite(double{infinite}),
                is_finite(std::bit_cast<double>(0x7ff8000000000000u + static_cast<unsigned>(argc))),
                is_finite(nan), is_finite(-infinite));
    made = x;
    made[100] = std::bit_cast<float>(0x7fc00000u);
    std::vector<std::int8_t> codes(x.size());
    code_channel(made.data(), codes.data(), std::ssize(x), weight_grid(1, 8), 8);
    const ChannelRange range = channel_range(made.data(), std::ssize(x));
    std::printf("NaN: code %d, mean finite %d, value finite %d\n", codes[100], is_finite(range.mean),
                is_finite(signed_grid(1, 5).value(made[100])));
}
