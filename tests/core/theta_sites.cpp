// SPDX-License-Identifier: Apache-2.0
// Which kernels lie inside others, against the pixels that they read.
#include <pliny/core.hpp>

#include <doctest/doctest.h>

#include <vector>

using namespace pliny;

namespace {

/// The pixel of a row of the image that a tap reads for the first output; -1, -2, ... are zeros before it.
std::vector<std::int64_t> pixels(const Window& window) {
    std::vector<std::int64_t> pixels;
    for (std::int64_t tap = 0; tap < window.kernel[1]; ++tap)
        pixels.push_back(tap * window.dilation[1] - window.before[1]);
    return pixels;
}

Facts convolution(const Window& window, const Shape& in) {
    return {.out = window.output(in), .window = window, .traits = {.taps = Taps::Weight}};
}

} // namespace

TEST_CASE("theta sites: a kernel merges where the other one reads all of its pixels") {
    const Shape in{8, 1, 13};
    std::vector<Window> windows; // along one axis
    for (std::int64_t kernel = 1; kernel <= 5; ++kernel)
        for (std::int64_t dilation = 1; dilation <= 3; ++dilation)
            for (std::int64_t before = 0; before <= 3; ++before)
                for (std::int64_t after = before; after <= before + 1; ++after)
                    for (std::int64_t stride = 1; stride <= 2; ++stride)
                        windows.push_back({.kernel = {1, kernel},
                                           .stride = {1, stride},
                                           .before = {0, before},
                                           .after = {0, after},
                                           .dilation = {1, dilation}});
    int merged = 0, apart = 0;
    for (const Window& part : windows)
        for (const Window& base : windows) {
            const Facts small = convolution(part, in), large = convolution(base, in);
            bool inside = small.out == large.out && part.stride == base.stride;
            const auto available = pixels(base);
            std::vector<std::size_t> positions;
            for (std::int64_t pixel : pixels(part)) {
                const auto at = std::find(available.begin(), available.end(), pixel);
                inside = inside && at != available.end();
                positions.push_back(static_cast<std::size_t>(at - available.begin()));
            }
            TapGrid taps;
            REQUIRE(merges(small, large, in, taps) == inside);
            ++(inside ? merged : apart);
            for (std::size_t tap = 0; inside && tap < positions.size(); ++tap)
                REQUIRE(static_cast<std::int64_t>(positions[tap]) ==
                        taps.begin[1] + static_cast<std::int64_t>(tap) * taps.step[1]);
            // The same along the other axis.
            const auto turned = [](Facts facts) {
                for (Size* size : {&facts.window.kernel, &facts.window.stride, &facts.window.before,
                                   &facts.window.after, &facts.window.dilation})
                    *size = Size{(*size)[1], (*size)[0]};
                facts.out = Shape{8, facts.out[2], facts.out[1]};
                return facts;
            };
            TapGrid other;
            REQUIRE(merges(turned(small), turned(large), Shape{8, 13, 1}, other) == inside);
            if (inside) {
                REQUIRE(other.begin[0] == taps.begin[1]);
                REQUIRE(other.step[0] == taps.step[1]);
            }
        }
    CHECK(merged > 500);
    CHECK(apart > 1000);
}
