// SPDX-License-Identifier: Apache-2.0
#include <pliny/datasets/not_mnist.hpp>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/bincount.h>
#include <ATen/ops/equal.h>

#include <doctest/doctest.h>

#include "datasets/letter_folders.hpp"
#include "support/error_of.hpp"
#include "support/temporary_folder.hpp"

using namespace pliny;
using namespace pliny::testing;

namespace {} // namespace

TEST_CASE("not_mnist: images, labels and statistics of a small folder") {
    const TemporaryFolder folder;
    write_letters(folder.path(), 7);
    const auto files = list_letter_files(folder.path());
    const auto train = NotMnist::train(folder.path()), test = NotMnist::test(folder.path());
    CHECK((train.images.sizes() == at::IntArrayRef{60, 1, 28, 28}));
    CHECK((test.images.sizes() == at::IntArrayRef{10, 1, 28, 28}));
    double sum = 0, square_sum = 0;
    for (std::int64_t i = 0; i < 60; ++i) {
        const auto& file = files.train[static_cast<std::size_t>(i)];
        const int level = 20 * file.label + (file.name[0] - '0');
        CHECK(train.labels[i].item<std::int64_t>() == file.label);
        CHECK(train.images[i].eq(level).all().item<bool>());
        sum += level / 255.0;
        square_sum += level / 255.0 * (level / 255.0);
    }
    CHECK(train.mean == doctest::Approx(sum / 60).epsilon(1e-12));
    CHECK(train.std == doctest::Approx(std::sqrt(square_sum / 60 - sum / 60 * (sum / 60))).epsilon(1e-12));
    CHECK(test.mean == train.mean);
    CHECK(test.std == train.std);
    const auto x = train.batch(at::arange(60, at::kLong)).first.to(at::kDouble);
    CHECK(x.mean().item<double>() == doctest::Approx(0).epsilon(1e-6));
    CHECK(x.std(/*unbiased=*/false).item<double>() == doctest::Approx(1).epsilon(1e-6));
    for (const auto& part : {train, test}) {
        CHECK(part.name == "notMNIST");
        CHECK(part.classes == 10);
        CHECK(part.skipped == 0);
    }
}

TEST_CASE("not_mnist: broken files are counted, each part its own") {
    const TemporaryFolder folder;
    write_letters(folder.path(), 140); // levels beyond 255 wrap around: 1400 files, 200 to test
    const auto files = list_letter_files(folder.path());
    write_file(files.test[3].in(folder.path()), "");
    for (const std::size_t i : {0, 17, 1199})
        write_file(files.train[i].in(folder.path()), "broken");
    const auto train = NotMnist::train(folder.path()), test = NotMnist::test(folder.path());
    CHECK(train.size() == 1197);
    CHECK(train.skipped == 3);
    CHECK(test.size() == 199);
    CHECK(test.skipped == 1);
    CHECK(test.mean == train.mean);
    CHECK(test.std == train.std);
}

TEST_CASE("not_mnist: a stand-in says so in its name; what cannot be used is an error") {
    const TemporaryFolder folder;
    CHECK(error_of<DatasetError>([&] { NotMnist::train(folder.path()); })
              .starts_with(folder.path().string() +
                           ": found no PNG files in A, B, C, D, E, F, G, H, I, J; expected"));
    write_letters(folder.path(), 7);
    write_file(folder / "stand-in.txt", "glyphs A-J rendered from 12 fonts\nmore\n");
    CHECK(NotMnist::train(folder.path()).name == "notMNIST stand-in: glyphs A-J rendered from 12 fonts");
    CHECK(NotMnist::test(folder.path()).name == "notMNIST stand-in: glyphs A-J rendered from 12 fonts");
    const auto broken = list_letter_files(folder.path()).train[1].in(folder.path());
    write_file(broken, "this is plain text");
    for (const auto& load : {NotMnist::train, NotMnist::test})
        CHECK(
            error_of<DatasetError>([&] {
                load(folder.path());
            }).starts_with(broken.string() + ": found no PNG image (Not a PNG file), the first of 1 broken"));
}

TEST_CASE("rendered glyphs: load as notMNIST") {
    const char* folder = std::getenv("PLINY_GLYPHS"); // set by tests/datasets/glyphs.py
    if (!folder) {
        MESSAGE("skipped: PLINY_GLYPHS is not set");
        return;
    }
    const auto train = NotMnist::train(folder), test = NotMnist::test(folder);
    CHECK(train.size() == 172); // 20 per letter
    CHECK(test.size() == 28);
    CHECK(train.name.starts_with("notMNIST stand-in: glyphs A-J rendered from "));
    CHECK(train.skipped + test.skipped == 0);
    const auto count = at::bincount(train.labels, {}, 10) + at::bincount(test.labels, {}, 10);
    CHECK(count.eq(20).all().item<bool>());
    CHECK(train.mean > 0.2);
    CHECK(train.mean < 0.6);
    CHECK(train.std > 0.3);
    CHECK(train.std < 0.5);
}
