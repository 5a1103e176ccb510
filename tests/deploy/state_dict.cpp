// SPDX-License-Identifier: Apache-2.0
// Weights from Python and back, into all kinds of models; the files are those of tests/golden/state_dicts.py.
#include <pliny/core.hpp>
#include <pliny/deploy/model_file.hpp>
#include <pliny/deploy/state_dict.hpp>
#include <pliny/nn/methods/pit.hpp>

#include "support/temporary_folder.hpp"
#include "support/tensors.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

using namespace pliny;
using namespace pliny::testing;

namespace {

// clang-format off
struct TwoLayers : Network<Image<2, 4, 4>, Sequential<
    Conv2d<3, Kernel<3>>, BatchNorm2d, Flatten,
    Linear<4>>> {};

struct Oddly : Network<Features<3>, Named<"choice_of_name", Sequential<Linear<2>>>> {};

/// Layers and paths of torchvision's vgg16, with fewer channels.
struct VggLayout : Network<Image<3, 32, 32>, Sequential<
    Named<"features", Sequential<
        Conv2d<4, Kernel<3>, Padding<1>>, ReLU, Conv2d<4, Kernel<3>, Padding<1>>, ReLU, MaxPool2d<2>,
        Conv2d<8, Kernel<3>, Padding<1>>, ReLU, Conv2d<8, Kernel<3>, Padding<1>>, ReLU, MaxPool2d<2>,
        Conv2d<16, Kernel<3>, Padding<1>>, ReLU, Conv2d<16, Kernel<3>, Padding<1>>, ReLU,
        Conv2d<16, Kernel<3>, Padding<1>>, ReLU, MaxPool2d<2>,
        Conv2d<32, Kernel<3>, Padding<1>>, ReLU, Conv2d<32, Kernel<3>, Padding<1>>, ReLU,
        Conv2d<32, Kernel<3>, Padding<1>>, ReLU, MaxPool2d<2>,
        Conv2d<32, Kernel<3>, Padding<1>>, ReLU, Conv2d<32, Kernel<3>, Padding<1>>, ReLU,
        Conv2d<32, Kernel<3>, Padding<1>>, ReLU, MaxPool2d<2>>>,
    Named<"avgpool", AdaptiveAvgPool2d<7>>, Flatten,
    Named<"classifier", Sequential<
        Linear<64>, ReLU, Dropout, Linear<64>, ReLU, Dropout, Linear<10>>>>> {};
// clang-format on

std::filesystem::path golden(const std::string& name) {
    return std::filesystem::path(PLINY_TEST_DATA) / "state_dicts" / name;
}

/// What the script puts into the file: i / 8 - 2 in the order of the state dict.
at::Tensor expected(int first, at::IntArrayRef shape) {
    return (at::arange(first, first + c10::multiply_integers(shape), at::kFloat) / 8 - 2).reshape(shape);
}

at::Tensor tensor(const torch::nn::Module& model, const std::string& name) {
    for (const auto& [own, value] : pliny::detail::named_tensors(model))
        if (own == name)
            return value;
    return {};
}

void check_sound(const torch::nn::Module& model) {
    CHECK(at::equal(tensor(model, "0.weight").to(at::kFloat), expected(0, {3, 2, 3, 3})));
    CHECK(at::equal(tensor(model, "0.bias").to(at::kFloat), expected(54, {3})));
    CHECK(at::equal(tensor(model, "1.weight").to(at::kFloat), expected(57, {3})));
    CHECK(at::equal(tensor(model, "1.bias").to(at::kFloat), expected(60, {3})));
    CHECK(at::equal(tensor(model, "1.running_mean").to(at::kFloat), expected(63, {3})));
    CHECK(at::equal(tensor(model, "1.running_var").to(at::kFloat), expected(66, {3})));
    CHECK(tensor(model, "1.num_batches_tracked").item<std::int64_t>() == 5);
    CHECK(at::equal(tensor(model, "3.weight").to(at::kFloat), expected(69, {4, 12})));
    CHECK(at::equal(tensor(model, "3.bias").to(at::kFloat), expected(117, {4})));
}

Model<TwoLayers>& randomized(Model<TwoLayers>& model) {
    randomize(model, 3);
    return model;
}

/// All tensors of a model, copied.
std::vector<at::Tensor> copies(const torch::nn::Module& model) {
    std::vector<at::Tensor> all;
    for (const auto& [name, value] : pliny::detail::named_tensors(model))
        all.push_back(value.detach().clone());
    return all;
}

/// The message of a refused file, less the leading "<path>: "; nothing may have changed.
std::string load_refusal(const std::filesystem::path& path, const LoadOptions& options = {}) {
    Model<TwoLayers> model;
    const auto before = copies(randomized(model));
    const std::string text =
        error_of<FileError>([&] { load_weights(model, path, options); }, path.string() + ": ");
    const auto after = copies(model);
    for (std::size_t i = 0; i < before.size(); ++i)
        CHECK(at::equal(before[i], after[i]));
    return text;
}

const std::string not_those = "its tensors are not those of the model, which is unchanged: ";

/// A module that pliny did not make.
struct OwnModule : torch::nn::Module {
    OwnModule() {
        steps = register_buffer("steps", at::zeros({2}, at::kInt));
        auto child = std::make_shared<torch::nn::Module>("child");
        weight = child->register_parameter("weight", at::rand({2, 2}));
        register_module("child", child);
        scale = register_parameter("scale", at::ones({1}, at::kDouble));
    }
    at::Tensor weight, steps, scale;
};

} // namespace

TEST_CASE("load_weights reads what Python has written, whatever its format and precision") {
    for (const char* name : {"plain.pt", "legacy.pth", "protocol4.pt", "plain.safetensors", "half.pt",
                             "bfloat16.pt", "bfloat16.safetensors", "double.pt"}) {
        CAPTURE(name);
        Model<TwoLayers> model;
        load_weights(randomized(model), golden(name));
        check_sound(model);
        CHECK((tensor(model, "0.weight").scalar_type() == at::kFloat));
        CHECK((tensor(model, "1.num_batches_tracked").scalar_type() == at::kLong));
        CHECK(tensor(model, "0.weight").requires_grad());
    }
    Model<TwoLayers> exact;
    exact.to(at::kDouble); // num_batches_tracked, too
    load_weights(exact, golden("half.pt"));
    check_sound(exact);

    Model<TwoLayers> strided;
    load_weights(strided, golden("strided.pt"));
    CHECK(at::equal(tensor(strided, "3.bias"), at::full({4}, 7.5)));
    tensor(strided, "3.bias").detach().copy_(expected(117, {4}));
    check_sound(strided);
}

TEST_CASE("load_weights: prefixes, renaming, order, keys") {
    Model<TwoLayers> model;
    load_weights(randomized(model), golden("prefixed.pth"), {.drop_prefix = "module."});
    check_sound(model);
    load_weights(
        randomized(model), golden("renamed.pt"),
        {.renaming = {
             {"stem.conv", "0"}, {"stem.norm", "1"}, {"head.weight", "3.weight"}, {"head.bias", "3.bias"}}});
    check_sound(model);
    const Renaming names = names_in_order(model, golden("renamed.pt"));
    CHECK(names == Renaming{{"stem.conv", "0"}, {"stem.norm", "1"}, {"head", "3"}});
    load_weights(randomized(model), golden("renamed.pt"), {.renaming = names});
    check_sound(model);
    load_weights(randomized(model), golden("checkpoint.pth"), {.key = "state_dict"});
    check_sound(model);
    CHECK(load_refusal(golden("checkpoint.pth")).find("set key to the one that holds the weights") !=
          std::string::npos);
}

TEST_CASE("load_weights names all that does not fit, and changes nothing then") {
    CHECK(load_refusal(golden("renamed.pt"), {.renaming = {{"stem", "0"}}}) ==
          not_those +
              "missing: '0.weight', '0.bias', '1.weight', '1.bias', '1.running_mean', '1.running_var', "
              "'3.weight', '3.bias'; unexpected: '0.conv.bias', '0.conv.weight', '0.norm.bias', "
              "'0.norm.num_batches_tracked', '0.norm.running_mean', '0.norm.running_var', "
              "'0.norm.weight', 'head.bias', 'head.weight'");
    const std::string prefixed = load_refusal(golden("prefixed.pth"));
    CHECK(prefixed.starts_with(not_those + "missing: '0.weight', "));
    CHECK(prefixed.ends_with("; all names begin with 'module.', which drop_prefix drops"));
    CHECK(load_refusal(golden("parameters.pt")) == not_those + "missing: '1.running_mean', '1.running_var'");
    CHECK(load_refusal(golden("plain.pt"), {.renaming = {{"3.bias", "0.bias"}}}) ==
          "tensor '3.bias': found a second tensor for '0.bias' of the model; expected one");

    const TemporaryFolder folder;
    const auto path = folder / "wrong.safetensors";
    SafetensorsFile file = read_safetensors(golden("plain.safetensors"));
    for (TensorView& each : file.tensors) {
        if (each.name == "0.weight")
            each.shape = {2, 3, 3, 3};
        if (each.name == "3.bias")
            each.dtype = "I32";
        if (each.name == "1.num_batches_tracked")
            each.dtype = "F64"; // any type will do
        if (each.name == "0.bias")
            each.dtype = "U32";
    }
    write_safetensors(path, {}, file.tensors);
    CHECK(load_refusal(path) ==
          not_those +
              "other shapes or types: '0.weight' found [2, 3, 3, 3], expected [3, 2, 3, 3], '0.bias' found "
              "U32, expected F32, '1.num_batches_tracked' found F64 beyond the range of I64, expected "
              "numbers inside it, '3.bias' found I32, expected F32");
    CHECK(load_refusal(path, {.partial = true}).find("'0.weight' found [2, 3, 3, 3]") != std::string::npos);

    file = read_safetensors(golden("plain.safetensors"));
    const std::vector<double> huge{1, -1e39, 3};
    for (TensorView& each : file.tensors)
        if (each.name == "0.bias")
            each = {"0.bias", "F64", {3}, std::as_bytes(std::span(huge))};
    write_safetensors(path, {}, file.tensors);
    CHECK(load_refusal(path) ==
          not_those +
              "other shapes or types: '0.bias' found F64 beyond the range of F32, expected numbers inside "
              "it");
    CHECK(load_refusal(golden("evil.pt")).find("'posix.system', which was not run") != std::string::npos);
    CHECK(!std::filesystem::exists("pliny_was_here"));
}

TEST_CASE("load_weights: a part of the weights, and old files without counts of batches") {
    Model<TwoLayers> model;
    randomized(model);
    const auto names =
        load_weights(model, golden("parameters.pt"), {.renaming = {{"3", "fc"}}, .partial = true});
    CHECK(names.missing == std::vector<std::string>{"1.running_mean", "1.running_var",
                                                    "1.num_batches_tracked", "3.weight", "3.bias"});
    CHECK(names.unexpected == std::vector<std::string>{"fc.bias", "fc.weight"});
    CHECK(at::equal(tensor(model, "0.weight"), expected(0, {3, 2, 3, 3})));
    CHECK(tensor(model, "1.num_batches_tracked").item<std::int64_t>() == 7);
    const auto left_out = load_weights(model, golden("plain.pt"), {.renaming = {{"3", ""}}, .partial = true});
    CHECK(left_out.unexpected.empty());
    CHECK(left_out.missing == std::vector<std::string>{"3.weight", "3.bias"});

    load_weights(randomized(model), golden("old.pt"));
    CHECK(at::equal(tensor(model, "3.bias"), expected(117, {4})));
    CHECK(tensor(model, "1.num_batches_tracked").item<std::int64_t>() == 0);
}

TEST_CASE("load_weights: search models, found networks, modules of one's own") {
    Model<Pit<TwoLayers, Cost<Params>>> search;
    search.alpha.detach().fill_(0.25);
    search.alpha.detach()[1] = 0.75;
    load_weights(search, golden("plain.pt"));
    check_sound(search);
    CHECK(search.alpha.detach()[0].item<float>() == 0.25f);
    const TemporaryFolder folder;
    save_state_dict(search, folder / "search.pt");
    Model<TwoLayers> plain;
    load_weights(plain, folder / "search.pt");
    check_sound(plain);
    save(search, folder / "search.safetensors"); // pliny's own files: of a search, of a network
    randomize(plain, 1);
    load_weights(plain, folder / "search.safetensors");
    check_sound(plain);
    save(plain, folder / "plain");
    randomize(search, 1);
    load_weights(search, folder / "plain");
    check_sound(search);

    Exported<TwoLayers> found = search.exported(); // one of three channels
    randomize(found, 4);
    save_state_dict(found, folder / "found.safetensors");
    save(found, folder / "found");
    Exported<TwoLayers> again(found.kept());
    load_weights(again, folder / "found.safetensors");
    CHECK(at::equal(tensor(again, "3.weight"), tensor(found, "3.weight")));
    CHECK(error_of<FileError>([&] {
              load_weights(plain, folder / "found");
          }).ends_with("; it is a network of other widths, which load<Net> reads"));

    OwnModule module, copy;
    module.steps.copy_(at::tensor({3, -4}, at::kInt));
    for (const char* name : {"own.pt", "own.safetensors"}) {
        CAPTURE(name);
        save_state_dict(module, folder / name);
        load_weights(copy, folder / name);
        CHECK(at::equal(copy.steps, module.steps));
        CHECK(at::equal(copy.weight, module.weight));
        copy.steps.zero_();
    }
}

TEST_CASE("A layer called like a state of a search is a layer") {
    Model<Oddly> source, target;
    randomize(source, 5);
    target.load_weights(source);
    CHECK(at::equal(tensor(target, "choice_of_name.0.weight"), tensor(source, "choice_of_name.0.weight")));
}

TEST_CASE("save_state_dict: equal weights, equal bytes, with the names of the file they came from") {
    const TemporaryFolder folder;
    Model<TwoLayers> model, again;
    const Renaming names = names_in_order(model, golden("renamed.pt"));
    load_weights(model, golden("renamed.pt"), {.renaming = names});
    for (const std::string ending : {".pt", ".pth", ".safetensors"}) {
        CAPTURE(ending);
        const auto one = folder / ("one" + ending), two = folder / ("two" + ending);
        save_state_dict(model, one, {.renaming = names, .add_prefix = "module."});
        CHECK(folder.entry_count() == 1);
        load_weights(randomized(again), one, {.drop_prefix = "module.", .renaming = names});
        check_sound(again);
        save_state_dict(again, two, {.renaming = names, .add_prefix = "module."});
        CHECK(read_file(one) == read_file(two));
        std::filesystem::remove(one);
        std::filesystem::remove(two);
    }
    save_state_dict(model, folder / "back.pt", {.renaming = names});
    const WeightsFile before = read_weights_file(golden("renamed.pt")),
                      after = read_weights_file(folder / "back.pt");
    REQUIRE(before.tensors.size() == after.tensors.size());
    for (std::size_t i = 0; i < before.tensors.size(); ++i) { // order included
        CHECK(before.tensors[i].name == after.tensors[i].name);
        CHECK(before.tensors[i].dtype == after.tensors[i].dtype);
        CHECK(before.tensors[i].shape == after.tensors[i].shape);
        CHECK(std::ranges::equal(before.tensors[i].data, after.tensors[i].data));
    }
    model.to(at::kHalf);
    save_state_dict(model, folder / "half.pth");
    const WeightsFile half = read_weights_file(folder / "half.pth");
    CHECK(half.tensors[0].dtype == "F16");
    CHECK(half.tensors[6].name == "1.num_batches_tracked");
    CHECK(half.tensors[6].dtype == "I64");
    const auto wrong = folder / "weights.bin";
    CHECK(error_of<FileError>([&] { save_state_dict(model, wrong); }) ==
          wrong.string() + ": found the ending '.bin'; expected .pt, .pth or .safetensors");
    save_state_dict(model, folder / "part.pt", {.renaming = {{"", "0"}, {"", "1"}}});
    CHECK(read_weights_file(folder / "part.pt").tensors.size() == 2);
}

TEST_CASE("Every reader says what a file of another kind is, and what reads it") {
    using Search = Pit<TwoLayers, Cost<Params>>;
    const TemporaryFolder folder;
    Model<TwoLayers> network;
    Model<Search> search;
    const float number = 1;
    const TensorView one{"x", "F32", {}, std::as_bytes(std::span(&number, 1))};
    const auto file = [&](const std::string& name, const std::string& entry) {
        write_safetensors(folder / name, {{"format", "pt"}, {entry, "{}"}}, std::span(&one, 1));
    };
    save(network, folder / "network");
    save(search, folder / "search");
    file("quantized", "pliny.bits");
    file("checkpoint", "pliny.checkpoint");
    file("foreign", "another");
    std::filesystem::copy_file(golden("plain.pt"), folder / "pytorch");
    std::filesystem::copy_file(golden("legacy.pth"), folder / "legacy");

    const std::map<std::string, std::string> found{
        {"network", "found a network in floating point, which load<Net> reads"},
        {"search", "found the model of a search, which load_into reads"},
        {"quantized", "found a quantized network, which load_quantized<Net> reads"},
        {"checkpoint", "found a checkpoint of a training, which --resume reads"},
        {"foreign", "found no entry pliny.network in its metadata: weights of another program, which "
                    "load_weights reads"},
        {"pytorch", "found a file of PyTorch, which load_weights reads"},
        {"legacy", "found a file of PyTorch, which load_weights reads"}};
    const std::string by_save = "; expected a file written by pliny's save";
    for (const auto& [name, text] : found) {
        CAPTURE(name);
        const auto path = folder / name;
        const std::string start = path.string() + ": " + text;
        const bool is_pytorch = name == "pytorch" || name == "legacy";
        if (name != "network")
            CHECK(error_of<FileError>([&] { (void)load<TwoLayers>(path); }) ==
                  start + by_save + (is_pytorch ? "" : ", with a network in floating point"));
        if (name != "search")
            CHECK(error_of<FileError>([&] { load_into(search, path); }) ==
                  start + by_save + (is_pytorch ? "" : ", with the model of a search"));
        if (name == "quantized" || name == "checkpoint")
            CHECK(error_of<FileError>([&] { load_weights(network, path); }) ==
                  start + "; expected weights in floating point");
    }
}

TEST_CASE("load_into changes nothing where a tensor does not fit") {
    Model<Pit<TwoLayers, Cost<Params>>> search;
    const TemporaryFolder folder;
    save(search, folder / "search");
    SafetensorsFile file = read_safetensors(folder / "search");
    std::erase_if(file.tensors, [](const TensorView& each) { return each.name == "3.weight"; });
    write_safetensors(folder / "part", file.metadata, file.tensors);
    randomize(search, 8);
    const auto before = copies(search);
    CHECK(error_of<FileError>([&] { load_into(search, folder / "part"); }).find("no tensor '3.weight'") !=
          std::string::npos);
    const auto after = copies(search);
    for (std::size_t i = 0; i < before.size(); ++i)
        CHECK(at::equal(before[i], after[i]));
}

// Called by state_dict_round_trip.py, which makes the files and checks those written here.
TEST_CASE("state dict: weights of torchvision's vgg16 layout from Python, and back") {
    const char* given = std::getenv("PLINY_STATE_DICTS");
    if (!given) {
        MESSAGE("skipped: no files of Python");
        return;
    }
    const at::NoGradGuard no_grad;
    const std::filesystem::path folder = given;
    Model<VggLayout> model;
    load_weights(model, folder / "vgg16.pth");
    model.eval();
    const WeightsFile samples = read_weights_file(folder / "samples.pt");
    REQUIRE(samples.tensors.size() == 2);
    const at::Tensor x = pliny::detail::on_host(samples.tensors[0]),
                     y = pliny::detail::on_host(samples.tensors[1]);
    CHECK(y.abs().max().item<double>() > 0.1);
    CHECK((model(x) - y).abs().max().item<double>() <= 1e-4);
    save_state_dict(model, folder / "back.pth");
    save_state_dict(model, folder / "back.safetensors");

    Model<TwoLayers> small;
    load_weights(small, golden("double.pt"));
    save_state_dict(small, folder / "small.pt");
    small.to(at::kBFloat16);
    save_state_dict(small, folder / "bfloat16.pt");
}
