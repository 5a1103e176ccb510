// SPDX-License-Identifier: Apache-2.0
#include "datasets/random_images.hpp"
#include "support/error_of.hpp"
#include "support/tensors.hpp"

#include <pliny/datasets/images.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <doctest/doctest.h>

using namespace pliny;
using namespace pliny::testing;

namespace {

/// Where output pixel `to` of `out` pixels lies between the pixels of an axis with `in`: the two neighbours
/// and the weight of the second, from the definition: pixels are squares, and the image is extended by its
/// border.
struct Neighbours {
    std::int64_t before, after;
    double weight;
};

Neighbours neighbours(std::int64_t to, std::int64_t in, std::int64_t out) {
    const double centre =
        (static_cast<double>(to) + 0.5) * static_cast<double>(in) / static_cast<double>(out) - 0.5;
    const double inside = std::max(0.0, centre);
    const auto before = std::min(static_cast<std::int64_t>(inside), in - 1);
    return {before, std::min(before + 1, in - 1), inside - static_cast<double>(before)};
}

at::Tensor bilinear(const at::Tensor& images, std::int64_t height, std::int64_t width) {
    at::Tensor result = at::zeros({images.size(0), images.size(1), height, width}, at::kDouble);
    for (std::int64_t i = 0; i < height; ++i) {
        const auto row = neighbours(i, images.size(2), height);
        for (std::int64_t j = 0; j < width; ++j) {
            const auto column = neighbours(j, images.size(3), width);
            const auto at = [&](std::int64_t y, std::int64_t x) { return images.select(2, y).select(2, x); };
            const auto upper = at(row.before, column.before) * (1 - column.weight) +
                               at(row.before, column.after) * column.weight;
            const auto lower = at(row.after, column.before) * (1 - column.weight) +
                               at(row.after, column.after) * column.weight;
            result.select(2, i).select(2, j).copy_(upper * (1 - row.weight) + lower * row.weight);
        }
    }
    return result;
}

} // namespace

TEST_CASE("resized: two pixels become four, by hand") {
    const Images data{at::tensor({0, 255}, at::kByte).reshape({1, 1, 1, 2}), ints({0}), 1, 0, 1};
    const auto [x, y] = data.resized(2, 4).batch(ints({0}));
    const auto expected = at::tensor({0.0, 0.25, 0.75, 1.0}, at::kDouble).expand({1, 1, 2, 4});
    CHECK(at::allclose(x.to(at::kDouble), expected, 0, 1e-7));
    CHECK(at::equal(y, ints({0})));
}

TEST_CASE("resized: batches are what the definition says, larger, smaller and of another shape") {
    const auto data = random_images(9, 2, 6, 7);
    const auto indices = ints({8, 0, 3, 3});
    const auto original = (data.images.index_select(0, indices).to(at::kDouble) / 255 - data.mean) / data.std;
    for (const auto& [height, width] :
         {std::array<std::int64_t, 2>{8, 9}, {12, 14}, {3, 4}, {6, 3}, {1, 1}, {2, 40}}) {
        CAPTURE(height);
        CAPTURE(width);
        const auto resized = data.resized(height, width);
        const auto [x, y] = resized.batch(indices);
        CHECK((x.scalar_type() == at::kFloat));
        CHECK((x.sizes() == at::IntArrayRef{4, 2, height, width}));
        CHECK(x.is_contiguous());
        CHECK(at::allclose(x.to(at::kDouble), bilinear(original, height, width), 1e-5, 1e-5));
        CHECK(at::equal(y, data.labels.index_select(0, indices)));
        CHECK(resized.images.data_ptr() == data.images.data_ptr());
    }
    CHECK((data.resized(8, 8).batch(ints({})).first.sizes() == at::IntArrayRef{0, 2, 8, 8}));
}

TEST_CASE("resized: the size in which they are kept is, bit for bit, no resizing") {
    const auto data = random_images(50, 1, 28, 28);
    const auto indices = at::randint(0, 50, {128}, at::kLong);
    CHECK(at::equal(data.resized(28, 28).batch(indices).first, data.batch(indices).first));
    CHECK(at::equal(data.resized(32, 32).resized(28, 28).batch(indices).first, data.batch(indices).first));
    CHECK(at::equal(data.resized(5, 5).resized(32, 32).batch(indices).first,
                    data.resized(32, 32).batch(indices).first));
}

TEST_CASE("resized: a value depends neither on its place in the batch nor on the number of threads") {
    const auto data = random_images(7, 3, 28, 28).resized(32, 32);
    const auto once = data.batch(at::arange(7, at::kLong)).first;
    const auto many = at::arange(7, at::kLong).repeat({33});
    const int threads = at::get_num_threads();
    for (const int count : {1, 2, threads}) {
        at::set_num_threads(count);
        CHECK(at::equal(data.batch(many).first, once.repeat({33, 1, 1, 1})));
        for (std::int64_t i = 0; i < 7; ++i)
            CHECK(at::equal(data.batch(ints({i})).first[0], once[i]));
    }
    at::set_num_threads(threads);
}

TEST_CASE("resized: outputs that fit are reused") {
    const auto data = random_images(10, 1, 4, 4).resized(8, 8);
    at::Tensor x, y;
    data.gather_into(x, y, ints({0, 1, 2}));
    const void* memory = x.data_ptr();
    data.gather_into(x, y, ints({7, 8, 9}));
    CHECK(x.data_ptr() == memory);
    CHECK(at::equal(x, data.batch(ints({7, 8, 9})).first));
    data.gather_into(x, y, ints({5, 6}));
    CHECK((x.sizes() == at::IntArrayRef{2, 1, 8, 8}));
    {
        const c10::InferenceMode inference;
        data.gather_into(x, y, ints({1, 2}));
        CHECK(x.is_inference());
    }
    data.gather_into(x, y, ints({1, 2}));
    CHECK_FALSE(x.is_inference());
    CHECK_FALSE(x.requires_grad());
}

TEST_CASE("resized: impossible sizes are refused") {
    const auto data = random_images(1, 1, 4, 4);
    for (const auto& [height, width] :
         {std::array<std::int64_t, 2>{0, 4}, {4, 0}, {-1, 4}, {4, 16'385}, {1L << 60, 1}})
        CHECK(error_of<DatasetError>([&, h = height, w = width] { data.resized(h, w); }) ==
              "images: found a size of " + std::to_string(height) + " x " + std::to_string(width) +
                  " asked for; expected 1 to 16384 each");
}
