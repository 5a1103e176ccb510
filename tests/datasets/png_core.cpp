// SPDX-License-Identifier: Apache-2.0
#include <pliny/datasets/png.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "datasets/png_files.hpp"

using namespace pliny;
using namespace pliny::testing;
using Bytes = std::vector<std::uint8_t>;

namespace {

struct Decoded {
    std::string problem;
    Bytes pixels;
    bool operator==(const Decoded&) const = default;
};

Decoded decoded(const std::string& file, int height, int width) {
    Decoded result{{}, Bytes(static_cast<std::size_t>(height * width), 0xaa)};
    result.problem = decode_grey_png(bytes_of(file), height, width, result.pixels);
    return result;
}

/// 28 x 28 pixels that do not compress.
Bytes noise() {
    Bytes pixels(28 * 28);
    std::uint32_t state = 1;
    for (auto& pixel : pixels)
        pixel = static_cast<std::uint8_t>((state = state * 1664525 + 1013904223) >> 24);
    return pixels;
}

} // namespace

TEST_CASE("png: every grey level comes back as it was") {
    Bytes levels(256);
    for (std::size_t i = 0; i < 256; ++i)
        levels[i] = static_cast<std::uint8_t>(i);
    CHECK(decoded(png_file(PNG_FORMAT_GRAY, 2, 128, levels), 2, 128) == Decoded{"", levels});
    CHECK(decoded(png_file(PNG_FORMAT_GRAY, 128, 2, levels), 128, 2) == Decoded{"", levels});
}

TEST_CASE("png: other colour types become grey") {
    const Bytes white_black_grey{255, 255, 255, 0, 0, 0, 77, 77, 77};
    CHECK(decoded(png_file(PNG_FORMAT_RGB, 1, 3, white_black_grey), 1, 3) == Decoded{"", {255, 0, 77}});
    const Bytes with_alpha{200, 255, 200, 0}; // grey, alpha: opaque, then transparent over black
    CHECK(decoded(png_file(PNG_FORMAT_GA, 1, 2, with_alpha), 1, 2) == Decoded{"", {200, 0}});
    const Bytes colours{255, 0, 0, 0, 255, 0, 0, 0, 255}; // green is the brightest, blue the darkest
    const auto grey = decoded(png_file(PNG_FORMAT_RGB, 1, 3, colours), 1, 3);
    CHECK(grey.problem.empty());
    CHECK(grey.pixels[1] > grey.pixels[0]);
    CHECK(grey.pixels[0] > grey.pixels[2]);
    const std::vector<std::uint16_t> linear{0, 65535};
    CHECK(decoded(png_file(PNG_FORMAT_LINEAR_Y, 1, 2, linear), 1, 2) == Decoded{"", {0, 255}});
}

TEST_CASE("png: what is not a PNG image of that size says so") {
    const std::string good = grey_png(7);
    CHECK(decoded(good, 28, 28) == Decoded{"", Bytes(784, 7)});
    CHECK(decoded(good, 28, 27).problem == "an image of 28 x 28");
    CHECK(decoded(png_file(PNG_FORMAT_GRAY, 27, 28, Bytes(27 * 28)), 28, 28).problem ==
          "an image of 27 x 28");
    CHECK(decoded("", 28, 28).problem == "an empty file");
    CHECK(decoded("GIF89a.................", 28, 28).problem == "no PNG image (Not a PNG file)");
    CHECK(decoded(good.substr(0, 20), 28, 28).problem.starts_with("no PNG image ("));
    CHECK(decoded(good.substr(0, good.size() - 30), 28, 28).problem.starts_with("a damaged PNG image ("));
    auto huge = good; // a width of 2^31 - 1 in the header
    huge.replace(16, 4, "\x7f\xff\xff\xff");
    CHECK(decoded(huge, 28, 28).problem != "");
}

TEST_CASE("png: room that does not fit the size is refused") {
    Bytes room(10);
    for (const auto& [height, width] : {std::pair{2, 4}, {0, 5}, {5, -2}, {-5, -2}, {3, 3}, {11, 1}}) {
        std::string message;
        try {
            (void)decode_grey_png(bytes_of(grey_png(0)), height, width, room);
        } catch (const DatasetError& error) {
            message = error.what();
        }
        CHECK(message == "decode_grey_png: found room for 10 pixels; expected " + std::to_string(height) +
                             " x " + std::to_string(width));
    }
}

TEST_CASE("png: a cut file gives its pixels or a problem, never others") {
    const Bytes pixels = noise();
    const std::string file = png_file(PNG_FORMAT_GRAY, 28, 28, pixels);
    int whole = 0;
    for (std::size_t size = 0; size < file.size(); ++size) {
        const auto cut = decoded(file.substr(0, size), 28, 28);
        CHECK((!cut.problem.empty() || cut.pixels == pixels));
        whole += cut.problem.empty();
    }
    CHECK(whole <= 20); // the last chunk, IEND, and checksums may be missing
}

TEST_CASE("png: no flipped bit does worse than a problem or other pixels") {
    const std::string file = grey_png(200);
    int problems = 0;
    for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
        auto flipped = file;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
        problems += !decoded(flipped, 28, 28).problem.empty();
    }
    CHECK(problems > 0);
}
