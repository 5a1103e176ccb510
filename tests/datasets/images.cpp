// SPDX-License-Identifier: Apache-2.0
#include "datasets/random_images.hpp"
#include "support/tensors.hpp"

#include <pliny/datasets/fashion_mnist.hpp>
#include <pliny/datasets/idx_images.hpp>
#include <pliny/datasets/images.hpp>
#include <pliny/datasets/mnist.hpp>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/tensor.h>

#include <doctest/doctest.h>

#include "datasets/idx_files.hpp"
#include "support/error_of.hpp"
#include "support/temporary_folder.hpp"

using namespace pliny;
using namespace pliny::testing;

namespace {

constexpr IdxImagesFormat tiny{"Tiny", "nowhere", 3, 2, 2, 0.25, 0.5};

} // namespace

TEST_CASE("images: a batch is the selected bytes, normalised") {
    const auto data = random_images(301, 2, 5, 7);
    const auto shuffled = at::randint(0, 301, {600}, at::kLong);
    for (const auto& indices : {shuffled, shuffled.slice(0, 0, 600, 3), ints({300}), ints({})}) {
        const auto [x, y] = data.batch(indices);
        const auto bytes = data.images.index_select(0, indices);
        CHECK((x.scalar_type() == at::kFloat));
        CHECK((x.sizes() == bytes.sizes()));
        CHECK(at::allclose(x.to(at::kDouble), (bytes.to(at::kDouble) / 255 - data.mean) / data.std, 1e-6,
                           1e-6));
        CHECK(at::equal(y, data.labels.index_select(0, indices)));
    }
}

TEST_CASE("images: a pixel's value does not depend on its place in the batch") {
    const Images data{at::arange(256, at::kByte).reshape({256, 1, 1, 1}), at::arange(256, at::kLong), 256,
                      0.1307, 0.3081};
    const auto once = data.batch(at::arange(256, at::kLong)).first;
    const auto many = data.batch(at::arange(256, at::kLong).repeat({1001})).first;
    CHECK(at::equal(many, once.repeat({1001, 1, 1, 1})));
}

TEST_CASE("images: outputs that fit are reused, others are replaced") {
    const auto data = random_images(10, 1, 4, 4);
    at::Tensor x, y;
    data.gather_into(x, y, ints({0, 1, 2}));
    const void *x_memory = x.data_ptr(), *y_memory = y.data_ptr();
    data.gather_into(x, y, ints({7, 8, 9}));
    CHECK(x.data_ptr() == x_memory);
    CHECK(y.data_ptr() == y_memory);
    CHECK(at::equal(x, data.batch(ints({7, 8, 9})).first));
    const auto kept = x;
    data.gather_into(x, y, ints({5, 6}));
    CHECK(x.size(0) == 2);
    CHECK(at::equal(kept, data.batch(ints({7, 8, 9})).first));
    auto strided = at::empty({2, 1, 4, 8}, at::kFloat).slice(3, 0, 8, 2);
    data.gather_into(strided, y, ints({5, 6}));
    CHECK(strided.is_contiguous());
    auto parameter = at::empty({2, 1, 4, 4}, at::kFloat).requires_grad_();
    data.gather_into(parameter, y, ints({5, 6}));
    CHECK_FALSE(parameter.requires_grad());
    {
        const c10::InferenceMode inference;
        data.gather_into(x, y, ints({1, 2}));
        CHECK(x.is_inference());
    }
    data.gather_into(x, y, ints({1, 2}));
    CHECK_FALSE(x.is_inference());
}

TEST_CASE("images: the first n are views") {
    const auto data = random_images(10, 1, 4, 4);
    const auto few = data.first(3);
    CHECK(few.size() == 3);
    CHECK(few.images.data_ptr() == data.images.data_ptr());
    CHECK(at::equal(few.batch(ints({2})).first, data.batch(ints({2})).first));
    CHECK(error_of<DatasetError>([&] {
              few.batch(ints({0, 3}));
          }) == "images: found index 3 at position 1; expected 0 to 2");
    CHECK(error_of<DatasetError>([&] { data.first(11); }) ==
          "images: found the first 11 asked for; expected 1 to 10");
    CHECK(error_of<DatasetError>([&] { data.first(0); }) ==
          "images: found the first 0 asked for; expected 1 to 10");
}

TEST_CASE("images: a slice is a view of those from an index on") {
    const auto data = random_images(10, 1, 4, 4);
    const auto last = data.slice(7, 3);
    CHECK(last.size() == 3);
    CHECK(last.images.data_ptr() == data.images[7].data_ptr());
    CHECK(at::equal(last.batch(ints({0, 2})).first, data.batch(ints({7, 9})).first));
    CHECK(at::equal(last.labels, data.labels.narrow(0, 7, 3)));
    CHECK(at::equal(last.slice(1, 1).images, data.images.narrow(0, 8, 1)));
    CHECK(data.slice(0, 10).size() == 10);
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    struct Case {
        std::int64_t first, count;
    };
    for (const auto& [first, count] :
         {Case{-1, 2}, {0, 0}, {0, -1}, {0, 11}, {9, 2}, {10, 1}, {11, 1}, {1, most}, {most, most}}) {
        CHECK(error_of<DatasetError>([&, begin = first, n = count] { data.slice(begin, n); }) ==
              "images: found " + std::to_string(count) + " from index " + std::to_string(first) +
                  " on asked for; expected 1 or more, none beyond the 10 there are");
    }
    CHECK(error_of<DatasetError>([] { Images{}.slice(0, 1); }) ==
          "images: found 1 from index 0 on asked for; expected 1 or more, none beyond the 0 there are");
}

TEST_CASE(
    "images: name, count of broken files and size of batches stay with a part, a copy and a resized set") {
    auto data = random_images(10, 3, 4, 5);
    data.name = "what they are";
    data.skipped = 2;
    const auto resized = data.resized(6, 7);
    for (const auto& other : {resized.first(2), resized.slice(2, 2), resized.to(at::kCPU), resized}) {
        CHECK(other.name == "what they are");
        CHECK(other.skipped == 2);
        CHECK(other.classes == 10);
        CHECK(other.mean == data.mean);
        CHECK(other.std == data.std);
        CHECK(other.channels() == 3);
        CHECK(other.height() == 6);
        CHECK(other.width() == 7);
    }
    CHECK(data.channels() == 3);
    CHECK(data.height() == 4);
    CHECK(data.width() == 5);
    CHECK(Images{}.channels() + Images{}.height() + Images{}.width() == 0);
}

TEST_CASE("images: wrong tensors are refused before anything is read") {
    const auto data = random_images(4, 1, 2, 2);
    CHECK(error_of<DatasetError>([&] {
              data.batch(ints({0, -1}));
          }) == "images: found index -1 at position 1; expected 0 to 3");
    CHECK(error_of<DatasetError>([&] { data.batch({}); }) ==
          "images: found an undefined tensor; expected indices as an int64 tensor [B], where the images are");
    CHECK(error_of<DatasetError>([&] { data.batch(ints({0}).to(at::kInt)); }) ==
          "images: found a Int tensor of 1 dimension(s) on cpu; expected indices as an int64 tensor [B], "
          "where the "
          "images are");
    auto wrong = data;
    wrong.labels = data.labels.narrow(0, 0, 3);
    CHECK(error_of<DatasetError>([&] { wrong.batch(ints({0})); }) ==
          "images: found 3 labels; expected 4, one per image");
    wrong = data;
    wrong.images = data.images.to(at::kFloat);
    CHECK(
        error_of<DatasetError>([&] { wrong.batch(ints({0})); }) ==
        "images: found a Float tensor of 4 dimension(s) on cpu; expected images as a contiguous uint8 tensor "
        "[N, C, H, W]");
    wrong = data;
    wrong.std = 0;
    CHECK(error_of<DatasetError>([&] {
              wrong.batch(ints({0}));
          }).starts_with("images: found a standard deviation of 0"));
    CHECK(error_of<DatasetError>([] {
              Images{}.batch(ints({}));
          }).starts_with("images: found an undefined tensor"));
}

TEST_CASE("images: IDX files become images; whichever of plain and gzip is there") {
    const TemporaryFolder folder;
    write_file(folder / "t-images-idx3-ubyte", idx_header({3, 2, 2}) + "abcdefghijkl");
    write_file(folder / "t-labels-idx1-ubyte.gz", gzipped(idx_header({3}) + std::string("\2\0\1", 3)));
    const auto data = load_idx_images(folder.path(), "t", tiny);
    CHECK(data.size() == 3);
    CHECK(data.classes == 3);
    CHECK((data.images.sizes() == at::IntArrayRef{3, 1, 2, 2}));
    CHECK(at::equal(data.images.flatten(), at::arange('a', 'm', at::kByte)));
    CHECK(at::equal(data.labels, ints({2, 0, 1})));
    CHECK(data.name == "Tiny");
    write_file(folder / "stand-in.txt", "twelve letters\n");
    CHECK(load_idx_images(folder.path(), "t", tiny).name == "Tiny stand-in: twelve letters");
    const auto x = data.batch(ints({0})).first;
    CHECK(x[0][0][0][0].item<double>() == doctest::Approx(('a' / 255.0 - 0.25) / 0.5));
}

TEST_CASE("images: IDX files as unpacked archives call them; folders of the same names hide none") {
    const std::string images = idx_header({1, 2, 2}) + "abcd", labels = idx_header({1}) + "\1";
    for (const bool packed : {false, true}) {
        const TemporaryFolder folder;
        const std::string gz = packed ? ".gz" : "";
        write_file(folder / ("t-images.idx3-ubyte" + gz), packed ? gzipped(images) : images);
        write_file(folder / ("t-labels.idx1-ubyte" + gz), packed ? gzipped(labels) : labels);
        CHECK(at::equal(load_idx_images(folder.path(), "t", tiny).labels, ints({1})));
        for (const char* name : {"t-images-idx3-ubyte", "t-labels-idx1-ubyte", "t-images-idx3-ubyte.gz"})
            std::filesystem::create_directory(folder / name);
        CHECK(load_idx_images(folder.path(), "t", tiny).images[0][0][1][1].item<int>() == 'd');
        write_file(folder / "t-labels-idx1-ubyte.gz", gzipped(idx_header({1}) + "\2"));
        CHECK(at::equal(load_idx_images(folder.path(), "t", tiny).labels, ints({2})));
    }
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder / "t-images-idx3-ubyte");
    CHECK(error_of<DatasetError>([&] {
              load_idx_images(folder.path(), "t", tiny);
          }).starts_with("Tiny: found neither " + (folder / "t-labels-idx1-ubyte").string()));
    write_file(folder / "t-labels-idx1-ubyte", labels);
    CHECK(error_of<DatasetError>([&] { load_idx_images(folder.path(), "t", tiny); }) ==
          (folder / "t-images-idx3-ubyte").string() +
              ": found something not a regular file; expected a readable IDX file, plain or gzip");
}

TEST_CASE("images: files that do not belong together are refused") {
    const TemporaryFolder folder;
    const auto images = folder / "t-images-idx3-ubyte";
    const auto labels = folder / "t-labels-idx1-ubyte";
    const auto load = [&] { load_idx_images(folder.path(), "t", tiny); };
    CHECK(error_of<DatasetError>(load) == "Tiny: found neither " + images.string() + " nor " +
                                              images.string() + ".gz; expected one of them, from nowhere");
    write_file(images, idx_header({2, 2, 2}) + "abcdefgh");
    CHECK(error_of<DatasetError>(load) == "Tiny: found neither " + labels.string() + " nor " +
                                              labels.string() + ".gz; expected one of them, from nowhere");
    write_file(labels, idx_header({2}) + std::string("\0\3", 2));
    CHECK(error_of<DatasetError>(load) == labels.string() + ": found label 3 at index 1; expected 0 to 2");
    write_file(labels, idx_header({3}) + std::string("\0\1\2", 3));
    CHECK(error_of<DatasetError>(load) ==
          labels.string() + ": found 3 labels; expected as many as the 2 images in " + images.string());
    write_file(images, idx_header({3, 2, 1}) + "abcdef");
    CHECK(error_of<DatasetError>(load) == images.string() + ": found images of 2 x 1; expected 2 x 2");
    CHECK(error_of<DatasetError>([&] { Mnist::test(folder.path()); }).starts_with("MNIST: found neither "));
}

TEST_CASE("images: Fashion-MNIST has mean 0 and standard deviation 1 once normalised") {
    if (!std::filesystem::exists(FashionMnist::default_folder)) {
        MESSAGE("skipped: the Debian package dataset-fashion-mnist is not installed");
        return;
    }
    const auto train = FashionMnist::train();
    const auto test = FashionMnist::test();
    CHECK((train.images.sizes() == at::IntArrayRef{60000, 1, 28, 28}));
    CHECK((test.images.sizes() == at::IntArrayRef{10000, 1, 28, 28}));
    CHECK(train.labels.size(0) == 60000);
    CHECK(train.name == "FashionMNIST");
    const auto x = train.batch(at::arange(60000, at::kLong)).first.to(at::kDouble);
    CHECK(std::abs(x.mean().item<double>()) < 2e-4);
    CHECK(x.std().item<double>() == doctest::Approx(1).epsilon(2e-4));
}
