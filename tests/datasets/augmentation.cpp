// SPDX-License-Identifier: Apache-2.0
#include "datasets/random_images.hpp"
#include "support/error_of.hpp"
#include "support/tensors.hpp"

#include <pliny/datasets/augmentation.hpp>
#include <pliny/datasets/images.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <doctest/doctest.h>

using namespace pliny;
using namespace pliny::testing;

namespace {

at::Generator generator(std::uint64_t seed) { return at::make_generator<at::CPUGeneratorImpl>(seed); }

/// `image`, [C, H, W], moved up by `row` - crop and left by `column` - crop, with zeros coming in, then
/// mirrored or not: pixel by pixel.
at::Tensor moved(const at::Tensor& image, std::int64_t crop, std::int64_t row, std::int64_t column,
                 bool mirrored) {
    const auto height = image.size(1), width = image.size(2);
    at::Tensor result = at::zeros_like(image);
    for (std::int64_t y = 0; y < height; ++y) {
        for (std::int64_t x = 0; x < width; ++x) {
            const auto from_y = y + row - crop, from_x = (mirrored ? width - 1 - x : x) + column - crop;
            if (from_y >= 0 && from_y < height && from_x >= 0 && from_x < width)
                result.select(1, y).select(1, x).copy_(image.select(1, from_y).select(1, from_x));
        }
    }
    return result;
}

struct Batch {
    at::Tensor x, y;
};

Batch batch_of(const Images& data, const at::Tensor& indices, const Augmentation& augmentation,
               at::Generator& random) {
    Batch batch;
    data.gather_into(batch.x, batch.y, indices, augmentation, random);
    return batch;
}

} // namespace

TEST_CASE("augmentation: every image is one of those that can be cut, each about equally often") {
    const auto data = random_images(4, 2, 5, 6);
    constexpr std::int64_t crop = 2, repeats = 500;
    std::vector<at::Tensor> possible; // of image 0, then 1, ..., in the order of row, column, mirrored
    for (std::int64_t image = 0; image < 4; ++image)
        for (std::int64_t row = 0; row <= 2 * crop; ++row)
            for (std::int64_t column = 0; column <= 2 * crop; ++column)
                for (const bool mirrored : {false, true})
                    possible.push_back(moved(data.images[image], crop, row, column, mirrored));
    const auto all = at::stack(possible).flatten(1);
    auto random = generator(3);
    const auto indices = at::arange(4, at::kLong).repeat({repeats});
    const Images plain{data.images, data.labels, 10, 0, 1.0 / 255}; // batches hold the bytes themselves
    const auto batch = batch_of(plain, indices, {.crop = crop, .flip = true}, random);
    CHECK(at::equal(batch.y, data.labels.index_select(0, indices)));
    const auto bytes = batch.x.round().to(at::kByte).flatten(1);
    std::vector<int> count(possible.size());
    for (std::int64_t i = 0; i < indices.size(0); ++i) {
        const auto same = all.eq(bytes[i]).all(1).nonzero();
        REQUIRE(same.size(0) == 1);
        const auto which = same[0][0].item<std::int64_t>();
        CHECK(which / 50 == indices[i].item<std::int64_t>());
        ++count[static_cast<std::size_t>(which)];
    }
    // 2000 draws among 200: 10 each on average, 0 to 30 with overwhelming probability, and few never.
    CHECK(*std::max_element(count.begin(), count.end()) <= 30);
    CHECK(std::count(count.begin(), count.end(), 0) <= 3);
}

TEST_CASE("augmentation: half of the images are mirrored, all places are equally frequent") {
    // One image of one white pixel at the centre of 9 x 9: where it lands says row and column.
    at::Tensor image = at::zeros({1, 1, 9, 9}, at::kByte);
    image[0][0][4][3] = 255;
    const Images data{image, ints({0}), 1, 0, 1};
    constexpr std::int64_t n = 20'000;
    const auto indices = at::zeros({n}, at::kLong);
    auto random = generator(0);
    const auto mirrored = batch_of(data, indices, {.flip = true}, random).x.flatten(1).argmax(1);
    const auto stayed = mirrored.eq(4 * 9 + 3).sum().item<std::int64_t>();
    CHECK(mirrored.eq(4 * 9 + 5).sum().item<std::int64_t>() == n - stayed);
    CHECK(std::abs(stayed - n / 2) < 4 * 71); // 4 standard deviations of sqrt(n) / 2
    const auto places = batch_of(data, indices, {.crop = 3}, random).x.flatten(1).argmax(1);
    for (std::int64_t row = 4 - 3; row <= 4 + 3; ++row) {
        for (std::int64_t column = 3 - 3; column <= 3 + 3; ++column) {
            const auto count = places.eq(row * 9 + column).sum().item<std::int64_t>();
            CHECK(std::abs(count - n / 49) < 5 * 20); // 408 on average, standard deviation 20
        }
    }
}

TEST_CASE("augmentation: the order of draws is rows, columns, mirrors") {
    const auto data = random_images(10, 1, 8, 8);
    const auto indices = ints({4, 0, 9, 9, 2});
    auto random = generator(11), same = generator(11);
    const auto batch = batch_of(data, indices, {.crop = 3, .flip = true}, random);
    const auto places = at::randint(7, {2, 5}, same, at::kLong),
               mirrors = at::randint(2, {5}, same, at::kLong);
    for (std::int64_t i = 0; i < 5; ++i) {
        const Images one{moved(data.images[indices[i].item<std::int64_t>()], 3,
                               places[0][i].item<std::int64_t>(), places[1][i].item<std::int64_t>(),
                               mirrors[i].item<bool>())
                             .unsqueeze(0),
                         ints({0}), 10, data.mean, data.std};
        CHECK(at::equal(batch.x[i], one.batch(ints({0})).first[0]));
    }
    CHECK(at::equal(random.get_state(), same.get_state()));
}

TEST_CASE("augmentation: the seed decides, the next batch is another one") {
    const auto data = random_images(64, 3, 12, 10);
    const auto indices = at::arange(64, at::kLong);
    const Augmentation both{.crop = 4, .flip = true};
    auto random = generator(5), again = generator(5), other = generator(6);
    const auto first = batch_of(data, indices, both, random).x;
    CHECK(at::equal(first, batch_of(data, indices, both, again).x));
    CHECK_FALSE(at::equal(first, batch_of(data, indices, both, other).x));
    CHECK_FALSE(at::equal(first, batch_of(data, indices, both, random).x));
}

TEST_CASE("augmentation: none is the plain path, and draws nothing") {
    const auto data = random_images(30, 1, 28, 28);
    const auto indices = at::randint(0, 30, {64}, at::kLong);
    auto random = generator(1);
    const auto state = random.get_state().clone();
    CHECK(at::equal(batch_of(data, indices, {}, random).x, data.batch(indices).first));
    CHECK(at::equal(batch_of(data.resized(32, 32), indices, {}, random).x,
                    data.resized(32, 32).batch(indices).first));
    CHECK(at::equal(random.get_state(), state));
}

TEST_CASE("augmentation: padding is black, and resizing comes after it") {
    const Images white{at::ones({1, 1, 6, 6}, at::kByte).mul(255), ints({0}), 1, 0.5, 0.5};
    auto random = generator(2), same = generator(2);
    const auto indices = at::zeros({40}, at::kLong);
    const auto batch = batch_of(white, indices, {.crop = 5}, random);
    CHECK((batch.x.eq(1) | batch.x.eq(-1)).all().item<bool>());
    CHECK(batch.x.eq(-1).any().item<bool>());
    CHECK(batch.x.eq(1).flatten(1).any(1).all().item<bool>()); // at least one pixel of the image remains
    const auto resized = batch_of(white.resized(12, 12), indices, {.crop = 5}, same);
    const auto expected = at::upsample_bilinear2d(batch.x, {12, 12}, false);
    CHECK(at::equal(resized.x, expected));
}

TEST_CASE("augmentation: outputs that fit are reused, an empty batch is one") {
    const auto data = random_images(10, 1, 4, 4);
    auto random = generator(0);
    auto batch = batch_of(data, ints({0, 1}), {.crop = 1, .flip = true}, random);
    const void *x = batch.x.data_ptr(), *y = batch.y.data_ptr();
    data.gather_into(batch.x, batch.y, ints({3, 2}), {.crop = 1, .flip = true}, random);
    CHECK(batch.x.data_ptr() == x);
    CHECK(batch.y.data_ptr() == y);
    CHECK((batch_of(data, ints({}), {.crop = 1, .flip = true}, random).x.sizes() ==
           at::IntArrayRef{0, 1, 4, 4}));
}

TEST_CASE("augmentation: impossible ones are refused") {
    const auto data = random_images(2, 1, 4, 6);
    auto random = generator(0);
    const auto error = [&](const Augmentation& augmentation) {
        return error_of<DatasetError>([&] { batch_of(data, ints({0}), augmentation, random); });
    };
    CHECK(error({.crop = 3}) == "no error");
    for (const std::int64_t crop : {std::int64_t{-1}, std::int64_t{4}, std::int64_t{1} << 62})
        CHECK(error({.crop = crop}) ==
              "augmentation: found crop " + std::to_string(crop) + "; expected 0 to 3 for images of 4 x 6");
    at::Generator none;
    CHECK(error_of<DatasetError>([&] { batch_of(data, ints({0}), {.flip = true}, none); }) ==
          "augmentation: found no generator of the CPU; expected one, wherever the images are");
    CHECK(error_of<DatasetError>([&] { batch_of(data, ints({2}), {.flip = true}, random); }) ==
          "images: found index 2 at position 0; expected 0 to 1");
}
