// SPDX-License-Identifier: Apache-2.0
#include "support/tensors.hpp"

#include <pliny/datasets/concept.hpp>
#include <pliny/datasets/examples.hpp>
#include <pliny/datasets/fashion_mnist.hpp>
#include <pliny/datasets/from_tensors.hpp>
#include <pliny/datasets/read_csv.hpp>
#include <pliny/datasets/read_image_folders.hpp>
#include <pliny/datasets/read_npy.hpp>
#include <pliny/datasets/read_npz.hpp>
#include <pliny/datasets/split.hpp>
#include <pliny/datasets/standardisation.hpp>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <doctest/doctest.h>

#include "datasets/npy_files.hpp"
#include "datasets/png_files.hpp"
#include "support/error_of.hpp"
#include "support/temporary_folder.hpp"

using namespace pliny;
using namespace pliny::testing;

namespace {

using Extents = std::vector<std::int64_t>;

Images seven_images() {
    Images images{at::randint(0, 256, {7, 3, 4, 5}, at::kByte), at::randint(0, 10, {7}, at::kLong), 10, 0.3,
                  0.4};
    images.name = "what they are";
    images.skipped = 2;
    return images;
}

/// Six vectors of two features; example i is {i, 10 i}, its class i mod 3.
Examples vectors() {
    const at::Tensor numbers = at::arange(6, at::kFloat);
    return {at::stack({numbers, 10 * numbers}, 1), at::arange(6, at::kLong).remainder(3), 3};
}

std::string examples_error(const at::Tensor& inputs, const at::Tensor& targets, std::int64_t classes = 0) {
    return error_of<DatasetError>([&] { from_tensors(inputs, targets, classes); });
}

/// That of docs/datasets.md, with sequences of 2.
struct Gestures {
    static constexpr std::string_view name = "gestures";
    static Examples train(const std::filesystem::path& folder) { return read(folder / "train.csv"); }
    static Examples test(const std::filesystem::path& folder) { return read(folder / "test.csv"); }

private:
    static Examples read(const std::filesystem::path& file) {
        return read_csv(file, {.class_names = {"fist", "palm"}, .name = "gestures"}).reshaped({3, 2});
    }
};
struct Untested {
    static constexpr std::string_view name = "without test";
    static Examples train(const std::filesystem::path&) { return vectors(); }
};
static_assert(Dataset<Gestures> && Dataset<FashionMnist>);
static_assert(!Dataset<Untested> && !Dataset<Examples>);
static_assert(classes_of<Gestures>() == 0 && classes_of<FashionMnist>() == 10);
static_assert(default_folder_of<Gestures>().empty());
static_assert(default_folder_of<FashionMnist>() == FashionMnist::default_folder);

} // namespace

TEST_CASE("examples: images give the batches that they give themselves, bit for bit") {
    const Images images = seven_images();
    const at::Tensor indices = ints({6, 0, 3, 3});
    for (const Images& data : {images, images.resized(6, 3), images.slice(0, 7).resized(4, 5)}) {
        const Examples examples = data;
        const auto [x, y] = data.batch(indices);
        const auto [same_x, same_y] = examples.batch(indices);
        CHECK(at::equal(x, same_x));
        CHECK(at::equal(y, same_y));
        CHECK(examples.input_shape() == Extents{3, data.height(), data.width()});
        CHECK(examples.target_shape().empty());
        CHECK(examples.name == "what they are");
        CHECK(examples.skipped == 2);
        CHECK(examples.classes == 10);
        CHECK(examples.size() == 7);
        CHECK(examples.inputs.data_ptr() == data.images.data_ptr());
        for (const Augmentation& augmentation : {Augmentation{}, {.crop = 1}, {.crop = 2, .flip = true}}) {
            auto generator = at::make_generator<at::CPUGeneratorImpl>(5);
            auto same = at::make_generator<at::CPUGeneratorImpl>(5);
            at::Tensor a, b, c, d;
            data.gather_into(a, b, indices, augmentation, generator);
            examples.gather_into(c, d, indices, augmentation, same);
            CHECK(at::equal(a, c));
            CHECK(at::equal(b, d));
        }
    }
    const Examples wide = Examples(images).resized(8, 9);
    CHECK(at::equal(wide.slice(2, 3).batch(ints({1})).first, images.resized(8, 9).batch(ints({3})).first));
    CHECK(wide.first(2).to(at::kCPU).input_shape() == Extents{3, 8, 9});
}

TEST_CASE("examples: bytes with numbers as targets") {
    Examples data(at::full({2, 1, 2, 2}, 51, at::kByte), floats({0.5, -2}));
    data.std = 0.5;
    const auto [x, y] = data.batch(ints({1}));
    CHECK(at::allclose(x, at::full({1, 1, 2, 2}, 0.4), 1e-6, 0));
    CHECK(at::equal(y, floats({-2})));
    CHECK(data.are_bytes());
    CHECK(data.classes == 0);
}

TEST_CASE("examples: a batch of tensors is the selected ones; its memory is used again") {
    const Examples data = vectors();
    at::Tensor x, y;
    data.gather_into(x, y, ints({4, 1, 4}));
    CHECK(at::equal(x, floats({4, 40, 1, 10, 4, 40}).view({3, 2})));
    CHECK(at::equal(y, ints({1, 1, 1})));
    const void* memory = x.data_ptr();
    data.gather_into(x, y, ints({0, 5, 3}));
    CHECK(x.data_ptr() == memory);
    CHECK(at::equal(y, ints({0, 2, 0})));
    CHECK(data.input_shape() == Extents{2});
    CHECK(data.slice(4, 2).batch(ints({0})).first[0][1].item<double>() == 40);
    CHECK(data.first(3).size() == 3);
    CHECK(data.first(3).inputs.data_ptr() == data.inputs.data_ptr());

    const Examples several(at::rand({5, 3, 8}), at::rand({5, 4}));
    const auto [sequences, targets] = several.batch(ints({2, 2}));
    CHECK(at::equal(sequences[1], several.inputs[2]));
    CHECK(at::equal(targets[0], several.targets[2]));
    CHECK(several.input_shape() == Extents{3, 8});
    CHECK(several.target_shape() == Extents{4});
    CHECK(Examples{}.size() == 0);
    CHECK(Examples{}.input_shape().empty());
}

TEST_CASE("examples: what is asked for and not there is one sentence") {
    const Examples data = vectors();
    CHECK(error_of<DatasetError>([&] { data.first(7); }) ==
          "examples: found the first 7 asked for; expected 1 to 6");
    CHECK(error_of<DatasetError>([&] { data.slice(5, 2); }) ==
          "examples: found 2 from index 5 on asked for; expected 1 or more, none beyond the 6 there are");
    CHECK(error_of<DatasetError>([&] {
              data.batch(ints({0, 6}));
          }) == "examples: found index 6 at position 1; expected 0 to 5");
    CHECK(error_of<DatasetError>([&] { data.batch(ints({0}).to(at::kInt)); }) ==
          "examples: found a Int tensor of 1 dimension(s) on cpu; expected indices as an int64 tensor [B], "
          "where the examples are");
    CHECK(error_of<DatasetError>([&] { data.resized(4, 4); }) ==
          "examples: found inputs of 2 asked for in the size 4 x 4; expected images kept as bytes, uint8 "
          "[N, C, H, W]: only those are resized");
    const Examples pictures(at::rand({2, 1, 4, 4}), floats({0, 1}));
    CHECK(pictures.resized(4, 4).size() == 2);
    CHECK(error_of<DatasetError>([&] {
              pictures.resized(4, 5);
          }).starts_with("examples: found inputs of 1 x 4 x 4 asked"));
    auto random = at::make_generator<at::CPUGeneratorImpl>(0);
    at::Tensor x, y;
    pictures.gather_into(x, y, ints({1}), {}, random);
    CHECK(at::equal(x[0], pictures.inputs[1]));
    CHECK(
        error_of<DatasetError>([&] { pictures.gather_into(x, y, ints({1}), {.flip = true}, random); }) ==
        "examples: found an augmentation asked for and inputs of 1 x 4 x 4 as float32; expected images kept "
        "as bytes, uint8 [N, C, H, W]: only those are cropped and mirrored");
}

TEST_CASE("examples: tensors that no batch can be made of are one sentence, not a stack") {
    const Examples good = vectors();
    Examples data = good;
    data.inputs = good.inputs.to(at::kDouble);
    CHECK(error_of<DatasetError>([&] { data.batch(ints({0})); }) ==
          "examples: found a Double tensor of 2 dimension(s) on cpu as inputs; expected a contiguous float32 "
          "tensor [N, ...] or a uint8 tensor [N, C, H, W]; from_tensors() converts others");
    data.inputs = good.inputs.to(at::kByte);
    CHECK(error_of<DatasetError>([&] {
              data.batch(ints({0}));
          }).starts_with("examples: found a Byte tensor of 2 dimension(s) on cpu as inputs; expected"));
    data = good;
    data.targets = good.targets.to(at::kInt);
    CHECK(error_of<DatasetError>([&] { data.check(); }) ==
          "examples: found a Int tensor of 1 dimension(s) on cpu as targets, with 3 classes; expected a "
          "contiguous int64 tensor [N], where the inputs are; from_tensors() converts others");
    data = good;
    data.classes = 0;
    CHECK(error_of<DatasetError>([&] { data.check(); }) ==
          "examples: found a Long tensor of 1 dimension(s) on cpu as targets, with 0 classes; expected a "
          "contiguous float32 tensor [N] or [N, K], where the inputs are, or the number of classes; "
          "from_tensors() converts others");
    data = good;
    data.targets = good.targets.slice(0, 0, 5);
    CHECK(error_of<DatasetError>([&] { data.check(); }) ==
          "examples: found 5 targets; expected 6, one per input");
    CHECK(error_of<DatasetError>([] {
              Examples{}.check();
          }).starts_with("examples: found an undefined tensor as inputs"));
    CHECK(error_of<DatasetError>([] {
              Examples{}.batch(ints({0}));
          }).starts_with("examples: found an undefined tensor"));
}

TEST_CASE("examples: labels beyond the classes and numbers that are none are found, with their place") {
    Examples data = vectors();
    data.check();
    data.targets = ints({0, 1, 2, 0, 3, 7});
    CHECK(error_of<DatasetError>([&] { data.check(); }) ==
          "examples: found label 3 at index 4; expected 0 to 2, as there are 3 classes");
    data.targets = ints({0, -1, 2, 0, 3, 7});
    CHECK(error_of<DatasetError>([&] { data.check(); }) ==
          "examples: found label -1 at index 1; expected 0 to 2, as there are 3 classes");
    Images images = seven_images();
    images.labels[6] = 10;
    CHECK(error_of<DatasetError>([&] { Examples(images).check(); }) ==
          "examples: found label 10 at index 6; expected 0 to 9, as there are 10 classes");

    data = vectors();
    data.inputs = data.inputs.clone();
    data.inputs[4][1] = std::nan("");
    CHECK(error_of<DatasetError>([&] { data.check(); }) ==
          "examples: found nan in row 4, column 1 of the inputs; expected "
          "finite numbers (rows and columns count from 0)");
    const double infinity = std::numeric_limits<double>::infinity();
    Examples pictures(at::zeros({3, 1, 4, 4}), floats({0, 1, -infinity}));
    CHECK(error_of<DatasetError>([&] { pictures.check(); }) ==
          "examples: found infinity, or a number beyond the range of float32, in row 2 of the targets; "
          "expected finite numbers (rows and columns count from 0)");
    pictures.inputs[1][0][2][3] = infinity;
    CHECK(error_of<DatasetError>([&] { pictures.check(); }) ==
          "examples: found infinity, or a number beyond the range of float32, in row 1 at [0, 2, 3] of the "
          "inputs; expected finite numbers (rows and columns count from 0)");
}

TEST_CASE("examples: the checksum sees every part") {
    const Examples data = vectors();
    CHECK(data.checksum() == vectors().checksum());
    Examples other = data;
    other.inputs = data.inputs.clone();
    other.inputs[5][1] += 1;
    CHECK(other.checksum() != data.checksum());
    other = data;
    other.targets = data.targets.flip(0).contiguous();
    CHECK(other.checksum() != data.checksum());
    other = data;
    other.inputs = data.inputs.view({6, 1, 2});
    CHECK(other.checksum() != data.checksum());
    other = data;
    other.classes = 4;
    CHECK(other.checksum() != data.checksum());
    Examples images = seven_images();
    const auto before = images.checksum();
    CHECK(images.resized(9, 9).checksum() != before);
    images.mean += 1e-9;
    CHECK(images.checksum() != before);
}

TEST_CASE("from_tensors: other types are converted, and only where nothing is guessed") {
    const at::Tensor halves = at::tensor({0.5, 1.5, 2.5, 3.5}, at::kDouble).view({2, 2});
    for (const auto type : {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16}) {
        const Examples data = from_tensors(halves.to(type), ints({0, 1}));
        CHECK(at::equal(data.inputs, halves.to(at::kFloat)));
        CHECK(data.name == "own data");
    }
    for (const auto type : {at::kLong, at::kInt, at::kShort, at::kChar, at::kByte}) {
        const Examples data =
            from_tensors(floats({0, 1, 2, 3, 4, 5}).view({3, 2}).to(type), ints({0, 2, 1}).to(type));
        CHECK(at::equal(data.inputs, floats({0, 1, 2, 3, 4, 5}).view({3, 2})));
        CHECK(at::equal(data.targets, ints({0, 2, 1})));
        CHECK(data.classes == 3);
    }
    CHECK(from_tensors(halves, ints({0, 1}), 5, "five").classes == 5);
    CHECK(from_tensors(halves, ints({1, 0}).to(at::kBool)).classes == 2);
    CHECK(at::equal(from_tensors(halves, ints({1, 0}).view({2, 1})).targets, ints({1, 0})));
    CHECK(at::equal(from_tensors(floats({3, 4}), ints({1, 0})).inputs, floats({3, 4}).view({2, 1})));
    CHECK(
        at::equal(from_tensors(halves.t(), ints({1, 0})).inputs, floats({0.5, 2.5, 1.5, 3.5}).view({2, 2})));

    const Examples numbers = from_tensors(halves, at::tensor({0.25, 4.0}, at::kDouble));
    CHECK(numbers.classes == 0);
    CHECK(at::equal(numbers.targets, floats({0.25, 4})));
    const Examples several = from_tensors(halves, ints({0, 1, 1, 0}).view({2, 2}));
    CHECK(several.classes == 0);
    CHECK(at::equal(several.targets, floats({0, 1, 1, 0}).view({2, 2})));

    const at::Tensor grey = at::randint(0, 256, {2, 4, 5}, at::kByte);
    CHECK(from_tensors(grey, ints({0, 1})).are_bytes());
    CHECK(from_tensors(grey, ints({0, 1})).input_shape() == Extents{1, 4, 5});
    CHECK(at::allclose(from_tensors(grey, ints({0, 1})).batch(ints({1})).first[0][0],
                       grey[1].to(at::kFloat) / 255, 1e-6, 1e-7));
    const at::Tensor shared = halves.to(at::kFloat);
    CHECK(from_tensors(shared, ints({0, 1})).inputs.data_ptr() == shared.data_ptr());
    CHECK_FALSE(from_tensors(shared.clone().requires_grad_(), ints({0, 1})).inputs.requires_grad());
}

TEST_CASE("from_tensors: what cannot be meant is refused") {
    const at::Tensor inputs = at::rand({2, 3});
    CHECK(examples_error(inputs, ints({0, 1, 2})) == "examples: found 3 targets; expected 2, one per input");
    CHECK(examples_error(inputs, ints({0, 4}), 3) ==
          "examples: found label 4 at index 1; expected 0 to 2, as there are 3 classes");
    CHECK(examples_error(inputs, ints({0, -1})) ==
          "examples: found label -1 at index 1; expected 0 to 0, as there are 1 classes");
    CHECK(
        examples_error(inputs, floats({0, 1}), 2) ==
        "examples: found a Float tensor of 1 dimension(s) on cpu as targets and 2 classes; expected classes "
        "as integers [N], or numbers without a number of classes");
    CHECK(examples_error(inputs, ints({0, 1}), -1) ==
          "examples: found -1 classes; expected 0 (as many as the largest says) or more");
    CHECK(examples_error({}, ints({0})) ==
          "examples: found an undefined tensor as inputs; expected numbers [N, F], "
          "[N, C, L] or [N, C, H, W]");
    CHECK(examples_error(inputs.to(at::kComplexFloat), ints({0, 1}))
              .starts_with("examples: found a ComplexFloat"));
    CHECK(examples_error(inputs, at::rand({2, 3, 4})) ==
          "examples: found a Float tensor of 3 dimension(s) on cpu as targets; expected classes as integers "
          "[N], or numbers [N] or [N, K]");
    CHECK(examples_error(at::tensor({1e300, 0.0}, at::kDouble), ints({0, 1}))
              .starts_with("examples: found infinity, or a number beyond the range of float32, in row 0, "
                           "column 0 of the inputs"));
    CHECK(examples_error(inputs, at::zeros({0})) ==
          "examples: found an empty tensor [0] as targets; expected at "
          "least one example with at least one number");
    CHECK(
        examples_error(at::zeros({0, 3}), at::zeros({0}, at::kLong)) ==
        "examples: found an empty tensor [0 x 3] as inputs; expected at least one example with at least one "
        "number");
}

TEST_CASE("standardisation: mean 0 and deviation 1 per feature, with the statistics of the training set") {
    const Examples train(floats({1, 5, 10, 3, 5, 30}).view({2, 3}), ints({0, 1}), 2);
    const Standardisation standardise = Standardisation::of(train);
    CHECK(at::equal(standardise.mean, at::tensor({2.0, 5.0, 20.0}, at::kDouble)));
    CHECK(at::equal(standardise.std, at::tensor({1.0, 1.0, 10.0}, at::kDouble)));
    CHECK(at::equal(standardise(train).inputs, floats({-1, 0, -1, 1, 0, 1}).view({2, 3})));
    const Examples test(floats({4, 6, 0}).view({1, 3}), ints({1}), 2);
    CHECK(at::equal(standardise(test).inputs, floats({2, 1, -2}).view({1, 3})));
    CHECK(at::equal(standardise(test).targets, test.targets));
    CHECK(error_of<DatasetError>([&] {
              standardise(at::rand({4, 2}));
          }) == "examples: found 2 features or channels to standardise; expected 3, as in the training set");

    const Examples pictures(at::rand({10, 2, 4, 5}) * at::tensor({1.0, 7.0}, at::kFloat).view({2, 1, 1}),
                            at::zeros({10}));
    const at::Tensor x = Standardisation::of(pictures)(pictures).inputs.to(at::kDouble);
    CHECK(at::allclose(x.mean({0, 2, 3}), at::zeros({2}, at::kDouble), 0, 1e-6));
    CHECK(at::allclose(x.var({0, 2, 3}, false), at::ones({2}, at::kDouble), 1e-5, 0));

    const double tenth = 0.1; // a constant that no binary fraction is
    const Examples constant(at::full({1000, 1}, tenth), at::zeros({1000}));
    CHECK(at::equal(Standardisation::of(constant)(constant).inputs, at::zeros({1000, 1})));
}

TEST_CASE("standardisation: images kept as bytes stay bytes") {
    const Examples train =
        from_tensors(at::tensor({0, 255, 51, 102}, at::kByte).view({2, 1, 2}), ints({0, 1}));
    const Standardisation standardise = Standardisation::of(train);
    CHECK(standardise.mean.item<double>() == doctest::Approx(0.4).epsilon(1e-12));
    CHECK(standardise.std.item<double>() == doctest::Approx(0.37416573867739417).epsilon(1e-12));
    const Examples done = standardise(train);
    CHECK(done.are_bytes());
    CHECK(done.inputs.data_ptr() == train.inputs.data_ptr());
    const auto x = done.batch(ints({0, 1})).first;
    CHECK(x.mean().item<double>() == doctest::Approx(0).epsilon(1e-6));
    CHECK(at::allclose(standardise(train.inputs), x, 1e-5, 1e-6)); // one's own bytes, to predict
    CHECK(error_of<DatasetError>([&] {
              standardise(Examples(at::rand({2, 1}), at::zeros({2})));
          }) ==
          "examples: found inputs not kept as bytes to standardise; expected such as the training set has");
}

TEST_CASE("examples: the same numbers in another shape") {
    const Examples data(at::arange(24, at::kFloat).view({2, 12}), floats({0, 1}));
    CHECK(data.reshaped({3, 4}).input_shape() == Extents{3, 4});
    CHECK(data.reshaped({1, 4, 3}).batch(ints({1})).first[0][0][1][0].item<double>() == 15);
    for (const Extents& wrong : {Extents{5}, {3, 3}, {-1, -12}, {0}, {}, {24}})
        CHECK(error_of<DatasetError>([&] {
                  data.reshaped(wrong);
              }).starts_with("examples: found inputs of 12 asked for as "));
    CHECK(error_of<DatasetError>([] { Examples(seven_images()).reshaped({60}); }) ==
          "examples: found inputs of 3 x 4 x 5 bytes asked for as 60; expected float32 inputs, and a shape "
          "of as "
          "many numbers");
}

TEST_CASE("split: nothing is lost or twice, and the seed says which is where") {
    const Examples all(at::arange(50, at::kFloat).view({50, 1}), at::arange(50, at::kLong), 50);
    const auto [train, test] = split(all, 0.3, 7);
    CHECK(train.size() == 35);
    CHECK(test.size() == 15);
    CHECK(at::equal(std::get<0>(at::cat({train.targets, test.targets}).sort()), all.targets));
    CHECK(at::equal(train.inputs.flatten().to(at::kLong), train.targets));
    CHECK(at::equal(split(all, 0.3, 7).test.targets, test.targets));
    CHECK_FALSE(at::equal(split(all, 0.3, 8).test.targets, test.targets));
    // The order of `shuffle` with seed 0, which a test of its own knows.
    const Examples ten(at::zeros({10, 1}), at::arange(10, at::kLong), 10);
    CHECK(at::equal(split(ten, 0.2).test.targets, ints({7, 2})));
    CHECK(at::equal(split(ten, 0.2).train.targets, ints({0, 8, 3, 9, 6, 1, 5, 4})));
    for (const double share : {0.0, 1.0, -0.5, 1.5, 0.04, 0.96, std::nan("")})
        CHECK(error_of<DatasetError>([&] { split(ten, share); }) ==
              "examples: found a share of " + pliny::detail::number_text(share) +
                  " of 10 asked for to test with; expected a share "
                  "above 0 and below 1 that leaves at least one "
                  "on either side");
    const Split parts = standardised({train, test});
    CHECK(parts.train.inputs.mean().item<double>() == doctest::Approx(0).epsilon(1e-5));
    CHECK(at::allclose(parts.test.inputs, Standardisation::of(train)(test.inputs)));
}

TEST_CASE("read_csv: examples of a table") {
    const testing::TemporaryFolder folder;
    const auto file = testing::write_file(folder / "iris.csv", "a,b,species\n1,2,x\n3,NA,y\n5,6,w\n");
    const Examples data = read_csv(file, {.skip_missing = true});
    CHECK(at::equal(data.inputs, floats({1, 2, 5, 6}).view({2, 2})));
    CHECK(at::equal(data.targets, ints({1, 0})));
    CHECK(data.classes == 2);
    CHECK(data.class_names == std::vector<std::string>{"w", "x"});
    CHECK(data.feature_names == std::vector<std::string>{"a", "b"});
    CHECK(data.name == "iris");
    CHECK(data.skipped == 1);
    CHECK(data.first(1).class_names == data.class_names);
    const Examples numbers = read_csv(
        file, {.targets = {"a"}, .numbers = true, .ignore = {"species"}, .skip_missing = true, .name = "n"});
    CHECK(numbers.classes == 0);
    CHECK(at::equal(numbers.targets, floats({1, 5})));
    CHECK(numbers.name == "n");
    CHECK(at::equal(numbers.inputs, floats({2, 6}).view({2, 1})));
    const auto plain = testing::write_file(folder / "plain.csv", "1,2,3\n4,5,6\n");
    const Examples two = read_csv(plain, {.targets = {0, 2}, .numbers = true, .header = false});
    CHECK(at::equal(two.targets, floats({1, 3, 4, 6}).view({2, 2})));
}

TEST_CASE("examples: a data set of one's own") {
    const testing::TemporaryFolder folder;
    testing::write_file(folder / "train.csv", "a,b,c,d,e,f,gesture\n1,2,3,4,5,6,palm\n6,5,4,3,2,1,fist\n");
    testing::write_file(folder / "test.csv", "a,b,c,d,e,f,gesture\n1,2,3,4,5,6,palm\n");
    const Examples train = Gestures::train(folder.path()), test = Gestures::test(folder.path());
    CHECK(train.input_shape() == Extents{3, 2});
    CHECK(at::equal(train.targets, ints({1, 0})));
    CHECK(at::equal(test.targets, ints({1})));
    CHECK(test.classes == 2);
    CHECK(test.name == "gestures");
}

TEST_CASE("read_image_folders: bytes of one size, with the names of their classes") {
    const testing::TemporaryFolder folder;
    const auto root = folder / "flowers";
    for (const char* name : {"rose", "tulip"})
        std::filesystem::create_directories(root / name);
    const auto image = [](int height, int width, std::uint8_t first) {
        std::vector<std::uint8_t> pixels(static_cast<std::size_t>(height * width) * 3, first);
        pixels[1] = 200; // green, top left
        return testing::png_file(PNG_FORMAT_RGB, height, width, pixels);
    };
    testing::write_file(root / "tulip" / "1.png", image(4, 6, 10));
    testing::write_file(root / "tulip" / "._1.png", "companion");
    testing::write_file(root / "rose" / "b.png", image(4, 6, 30));
    testing::write_file(root / "rose" / "a.png", image(4, 6, 20));
    const Examples data = read_image_folders(root);
    CHECK((data.inputs.sizes() == at::IntArrayRef{3, 3, 4, 6}));
    CHECK(data.are_bytes());
    CHECK(at::equal(data.targets, ints({0, 0, 1})));
    CHECK(data.class_names == std::vector<std::string>{"rose", "tulip"});
    CHECK(data.classes == 2);
    CHECK(data.skipped == 0);
    CHECK(data.name == "flowers");
    CHECK(read_image_folders(root / "").name == "flowers");
    for (std::int64_t i = 0; i < 3; ++i) {
        const int level = std::vector<int>{20, 30, 10}[static_cast<std::size_t>(i)];
        CHECK(data.inputs[i][0].eq(level).all().item<bool>());
        CHECK(data.inputs[i][1][0][0].item<int>() == 200);
        CHECK(data.inputs[i].eq(level).sum().item<int>() == 71);
    }
    CHECK(at::allclose(data.batch(ints({1})).first[0][2], at::full({4, 6}, 30 / 255.0), 1e-6, 0));
    const Examples grey = read_image_folders(root, {.channels = 1, .class_names = {"tulip", "rose"}});
    CHECK((grey.inputs.sizes() == at::IntArrayRef{3, 1, 4, 6}));
    CHECK(at::equal(grey.targets, ints({0, 1, 1})));

    testing::write_file(root / "tulip" / "2.png", image(5, 6, 40));
    CHECK(error_of<DatasetError>([&] { read_image_folders(root); }) ==
          (root / "tulip" / "2.png").string() + ": found an image of 5 x 6; expected 4 x 6, as " +
              (root / "rose" / "a.png").string() + " has; .height and .width resize all");
    const Examples small = read_image_folders(root, {.height = 2, .width = 3, .name = "small"});
    CHECK((small.inputs.sizes() == at::IntArrayRef{4, 3, 2, 3}));
    CHECK(small.name == "small");
    CHECK(small.inputs[3][0].eq(40).all().item<bool>());
    // By hand: the triangle of antialiasing over two pixels has the weights 3/7, 3/7, 1/7 at the border.
    const double corner = 20 + 180 * (3.0 / 7) * (3.0 / 7);
    CHECK(small.inputs[0][1][0][0].item<int>() == std::lround(corner));

    testing::write_file(root / "rose" / "c.png", "plain text");
    CHECK(
        error_of<DatasetError>([&] { read_image_folders(root, {.height = 2, .width = 3}); }) ==
        (root / "rose" / "c.png").string() +
            ": found no PNG image (Not a PNG file), the first of 1 broken files among 5; expected images in "
            "files of at most 64 MB, and at most 1 % broken");
    CHECK(error_of<DatasetError>([&] { read_image_folders(root, {.channels = 2}); }) ==
          root.string() + ": found 2 channels of 0 x 0 asked for; expected 1 or 3, and 1 to 16384 each, or "
                          "zeros for the size of the images");
}

TEST_CASE("read_npy, read_npz: tensors of the types of numpy, and examples of them in a line") {
    const testing::TemporaryFolder folder;
    const auto file = folder / "x.npy";
    struct Case {
        const char* descr;
        at::ScalarType type;
    };
    for (const auto& [descr, type] : {Case{"|i1", at::kChar},
                                      {"<i2", at::kShort},
                                      {"<i4", at::kInt},
                                      {"<i8", at::kLong},
                                      {"|u1", at::kByte},
                                      {"<u2", at::kInt},
                                      {"<u4", at::kLong},
                                      {"<u8", at::kLong},
                                      {"<f2", at::kHalf},
                                      {"<f4", at::kFloat},
                                      {"<f8", at::kDouble},
                                      {">f8", at::kDouble}}) {
        CAPTURE(descr);
        const at::Tensor six = read_npy(testing::write_file(file, testing::numpy_file(descr)));
        CHECK((six.scalar_type() == type));
        CHECK(at::equal(six.to(at::kDouble), at::arange(6, at::kDouble)));
    }
    CHECK(at::equal(read_npy(testing::write_file(file, testing::numpy_file("|b1"))),
                    ints({0, 1, 1, 1, 1, 1}).to(at::kBool)));
    CHECK(at::equal(read_npy(testing::write_file(file, testing::numpy_file("2 x 3 fortran"))),
                    at::arange(6, at::kInt).view({2, 3})));
    CHECK(error_of<DatasetError>([&] {
              read_npy(testing::write_file(file, testing::numpy_file("huge u8")));
          }) == file.string() + ": found a number of 2^63 or more; expected numbers that fit into int64");

    const auto archive = testing::write_file(folder / "a.npz", testing::numpy_file("npz deflated"));
    const Examples data =
        from_tensors(read_npz(archive, "x_train").slice(0, 0, 6), read_npz(archive, "y_train"));
    CHECK(data.classes == 6);
    CHECK(at::equal(data.inputs, at::arange(36, at::kFloat).view({6, 6})));
}
