// SPDX-License-Identifier: Apache-2.0
// Files of quantized networks: they have the bits that were found and no more, what was saved comes back bit
// for bit and trains, anything else is refused.
#include <pliny/core.hpp>
#include <pliny/deploy/quantized_file.hpp>
#include <pliny/nn/methods/mps.hpp>

#include "support/quantized_networks.hpp"
#include "support/temporary_folder.hpp"
#include "support/tensors.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cstring>

using namespace pliny;
using namespace pliny::testing;

namespace {

using QuantizedFileWithZero = Weights<0, 2, 4, 8>;
using Odd = Mps<Joined, PerChannel, Weights<1, 3, 16>, Activations<3, 16>>;

/// Of a loss, for each of the parameters; not defined for those that the network does not use.
template <class Net>
std::vector<at::Tensor> gradients(Quantized<Net>& network, const at::Tensor& x) {
    const at::Tensor y = network(x);
    return torch::autograd::grad({(y - at::ones_like(y)).square().mean()}, network.parameters(), {}, {},
                                 false, true);
}

/// Files of one search, with the bits that random alphas give.
template <class Search>
class FileLaw {
    using Net = typename Search::network;
    static constexpr int settings = 20;

    TemporaryFolder folder;
    Model<Search> model;
    at::Tensor x;
    int moved = 0; // networks of which all parameters have gradients

public:
    void check() {
        const auto path = folder / "found";
        for (int setting = 0; setting < settings; ++setting) {
            CAPTURE(setting);
            if (setting % 5 == 0) {
                randomize(model, static_cast<std::uint64_t>(setting));
                x = random_batch(plan<Net>[0].out(), 6);
                model.calibrate({x});
            }
            {
                const at::NoGradGuard no_grad;
                model.alpha.normal_();
            }
            model.train();
            if (setting >= settings / 2)
                model.settle();
            Quantized<Net> found = model.exported();
            save(found, path);
            CHECK(folder.entry_count() == 1);
            Quantized<Net> loaded = load_quantized<Net>(path);
            check_same(loaded, found, path);
            check_training(loaded, found);
        }
        CHECK(moved >= settings * 9 / 10); // in the others all activations of some layer are 0
    }

private:
    void check_same(Quantized<Net>& loaded, Quantized<Net>& found, const std::filesystem::path& path) {
        const at::NoGradGuard no_grad;
        CHECK(loaded.kept() == found.kept());
        CHECK((loaded.layout() == found.layout()));
        CHECK(loaded.template cost<ParamsBit>() == found.template cost<ParamsBit>());
        model.eval();
        found.eval();
        loaded.eval();
        const at::Tensor y = loaded(x);
        CHECK(y.abs().max().item<float>() > 0);
        CHECK(at::equal(y, found(x)));
        CHECK(at::equal(y, model(x)));
        const std::string bytes = read_file(path);
        save(loaded, path);
        CHECK(read_file(path) == bytes);
    }
    void check_training(Quantized<Net>& loaded, Quantized<Net>& found) {
        constexpr bool learned = Search::bit_space::learned_steps; // in evaluation those of a file stay
        const at::Tensor before = loaded(x).detach();
        CHECK(at::equal(before, found(x)));
        const auto of_loaded = gradients(loaded, x), of_found = gradients(found, x);
        for (std::size_t i = 0; i < of_found.size() && !learned; ++i)
            CHECK(at::equal(of_loaded[i], of_found[i]));
        loaded.train();
        const std::vector<at::Tensor> down = gradients(loaded, x);
        CHECK(loaded.named_parameters().contains("log_step") == learned);
        bool all = true;
        const at::NoGradGuard no_grad;
        for (std::size_t i = 0; i < down.size(); ++i) {
            at::Tensor parameter = loaded.parameters()[i], old = parameter.clone();
            parameter.sub_(down[i], 0.05);
            all = all && !at::equal(parameter, old);
        }
        moved += all;
        loaded.eval();
        CHECK(!at::equal(loaded(x), before));
    }
};

/// Joined with bits of weights said by hand, and activations of 16.
Quantized<Joined> small() {
    constexpr std::array<int, 18> weights{0, 1, 2, 0, 0, 1, 1, 2, 1, 1, 1, 1, 1, 1, 0, 1, 2, 0};
    Model<Odd> model;
    randomize(model, 1);
    model.calibrate({random_batch(plan<Joined>[0].out(), 6)});
    const at::NoGradGuard no_grad;
    model.alpha.zero_();
    Odd::bit_space::for_each_lot([&](std::size_t lot, std::size_t first, std::size_t, std::uint32_t) {
        model.alpha[static_cast<std::int64_t>(first) + (lot < weights.size() ? weights[lot] : 1)] = 1;
    });
    return model.exported();
}

/// A good file, and one beside it with one mistake.
class Mistakes {
    TemporaryFolder folder;

public:
    const std::filesystem::path good = folder / "good", bad = folder / "bad";
    SafetensorsFile file;

    Mistakes() {
        save(small(), good);
        file = read_safetensors(good);
        write_file(bad, {});
    }
    /// The refusal names the file and says so; no other file came into being.
    template <class Net = Joined>
    void check_refused(const std::filesystem::path& path, const std::string& message) {
        const std::string text = error_of<FileError>([&] { (void)load_quantized<Net>(path); });
        CAPTURE(text);
        CAPTURE(message);
        CHECK(text.starts_with(path.string() + ": "));
        CHECK(text.find(message) != std::string::npos);
        CHECK(folder.entry_count() == 2);
    }
    void check_refused(const SafetensorsFile& changed, const std::string& message) {
        write_safetensors(bad, changed.metadata, changed.tensors);
        check_refused(bad, message);
    }
};

} // namespace

TEST_CASE("Quantized files: a sum") { FileLaw<Mps<Skip, PerChannel, QuantizedFileWithZero>>().check(); }
TEST_CASE("Quantized files: a depthwise convolution, with norms that were trained") {
    FileLaw<Mps<Separable, PerChannel, QuantizedFileWithZero, KeepBatchNorm>>().check();
}
TEST_CASE("Quantized files: learned steps, which norms have scaled") {
    FileLaw<Mps<Normed, PerChannel, QuantizedFileWithZero, LearnedSteps, KeepBatchNorm>>().check();
}
TEST_CASE("Quantized files: 1, 3 and 16 bits") { FileLaw<Odd>().check(); }
TEST_CASE("Quantized files: by layer, one in float32, as are the inputs of all") {
    FileLaw<Mps<Chain, Exclude<"4">, FloatInput, QuantizedOutput>>().check();
}

TEST_CASE("Quantized files hold the bits of the weights, channel by channel, filled up to bytes") {
    const TemporaryFolder folder;
    const Quantized<Joined> saved = small();
    save(saved, folder / "small");
    const SafetensorsFile file = read_safetensors(folder / "small");
    const Quantized<Joined> loaded = load_quantized<Joined>(folder / "small");

    const struct {
        int row;
        std::size_t length; // weights of a channel
        std::vector<int> bits;
        std::size_t bytes;
    } layers[]{{1, 2 * 9, {1, 3, 16}, 3 + 7 + 36},
               {3, 2, {1, 1, 3, 3, 16}, 1 + 1 + 1 + 1 + 4},
               {6, 8 * 9, {3, 3, 3, 3, 3, 3}, 6 * 27},
               {9, 6 * 16, {1, 3, 16, 1}, 12 + 36 + 192 + 12}};
    std::size_t codes = 0, channels = 0;
    for (const auto& [row, length, of_channels, size] : layers) {
        CAPTURE(codes);
        const std::string name = std::string(plan<Joined>[row].path.view()) + ".weight";
        CHECK(saved.weight_bits(row) == of_channels);
        CHECK(!file.find(name));
        const TensorView& packed = file.at(name + ".codes");
        REQUIRE(packed.data.size() == size);
        CHECK(packed.dtype == "U8");
        const TensorView& stored = file.at(name + ".steps");
        std::vector<float> steps(of_channels.size());
        REQUIRE(stored.data.size() == steps.size() * sizeof(float));
        std::memcpy(steps.data(), stored.data.data(), stored.data.size());
        std::size_t next = 0; // bit
        for (std::size_t c = 0; c < steps.size(); ++c) {
            CAPTURE(c);
            const auto channel = static_cast<std::int64_t>(c);
            const int bits = of_channels[c];
            const at::Tensor before = saved.tensors_of(row).weight[channel].detach().flatten().abs();
            const double mean = before.mean().item<double>(), largest = before.max().item<double>();
            const double range = std::min(mean * 0.6508 * 3 / 0.79788456, largest); // of 7 levels
            const double step = bits == 1 ? mean : bits == 3 ? range / 3 : largest / 32767;
            CHECK(double{steps[c]} == doctest::Approx(step));
            const auto bit = [&] {
                const int byte = std::to_integer<int>(packed.data[next / 8]);
                return byte >> (next++ % 8) & 1;
            };
            std::vector<float> weights;
            for (std::size_t i = 0; i < length; ++i) {
                int code = 0;
                for (int b = 0; b < bits; ++b)
                    code += bit() * (b + 1 < bits ? 1 << b : -(1 << b));
                weights.push_back(steps[c] * static_cast<float>(bits == 1 ? (code == 0 ? -1 : 1) : code));
            }
            while (next % 8 > 0)
                CHECK(bit() == 0);
            CHECK(at::equal(loaded.tensors_of(row).weight[channel].detach().flatten(), at::tensor(weights)));
        }
        CHECK(next == 8 * size);
        codes += size;
        channels += steps.size();
    }
    CHECK(file.tensors.size() == 4 * 3 + 1);
    const std::string bytes = read_file(folder / "small");
    std::uint64_t header = 0;
    std::memcpy(&header, bytes.data(), sizeof header);
    CHECK(bytes.size() == 8 + header + codes + 4 * (2 * channels + 2)); // steps, biases and two clips
}

TEST_CASE("Quantized files: truncated ones and those of another network are refused") {
    Mistakes mistakes;
    const std::string bytes = read_file(mistakes.good);
    for (std::size_t i = 0; i < 20; ++i) {
        write_file(mistakes.bad, bytes.substr(0, i == 19 ? bytes.size() - 1 : bytes.size() * i / 19));
        mistakes.check_refused(mistakes.bad, "expected");
    }
    mistakes.check_refused<Chain>(mistakes.good, "found the network " + spelled_network<Joined>() +
                                                     "; expected " + spelled_network<Chain>());
    for (const char* key : {"pliny.network", "pliny.kept", "pliny.bits"}) {
        SafetensorsFile changed = mistakes.file;
        changed.metadata.erase(key);
        mistakes.check_refused(changed, joined("found no entry ", key, " in its metadata"));
    }
}

TEST_CASE("Quantized files: bits that contradict the network or themselves are refused") {
    Mistakes mistakes;
    const auto json = nlohmann::json::parse(mistakes.file.metadata.at("pliny.bits"));
    const auto check = [&](const std::string& text, const std::string& message) {
        SafetensorsFile changed = mistakes.file;
        changed.metadata["pliny.bits"] = text;
        mistakes.check_refused(changed, message);
    };
    const std::string of_first = "weights of 0.0.0: expected the bits of 3 channels, or none",
                      lists = "weights: expected a list of 10 rows",
                      activations = "activations: expected 1 to 8 or 16 bits",
                      input = "input: found no usable bits or range";
    const std::array<std::string, 3> wrong[]{
        {"/weights/1", "[1,3]", of_first},
        {"/weights/1", "[1,3,9]", of_first},
        {"/weights/1", "[0,3,16]", of_first},
        {"/weights/1", "[]", "found no tensor '0.0.0.weight'"},
        {"/weights/1", "[3,3,16]", "tensor 0.0.0.weight.codes: found U8 [46]; expected U8 [50]"},
        {"/weights/0", "[8,8]", "metadata entry pliny.bits: weights of "}, // of the input
        {"/weights", "[]", lists},
        {"/activations/1", "0", activations},
        {"/activations/1", "9", activations},
        {"/activations/1", "8.7", activations},
        {"/activations/1", "true", activations},
        {"/activations/1", "4294967304", activations},
        {"/activations", "[16,16,16]", "activations: found 3 numbers of bits; expected 2"},
        {"/quantized_output", "true", "activations: found 2 numbers of bits; expected 3"},
        {"/quantized_output", "1", "metadata entry pliny.bits: "},
        {"/learned_steps", "true", "found no tensor 'log_step'"},
        {"/input/bits", "9", input},
        {"/input/bits", "-8", input},
        {"/input/high", "1e300", input},
        {"/input/low", "0.001", input},
        {"/input/low", json["input"]["high"].dump(), input}};
    for (const auto& [place, value, message] : wrong) {
        auto changed = json;
        changed[nlohmann::json::json_pointer(place)] = nlohmann::json::parse(value);
        check(changed.dump(), message);
    }
    for (const std::string key : {"input", "activations", "quantized_output", "learned_steps", "weights"}) {
        auto changed = json;
        changed.erase(key);
        check(changed.dump(), "key '" + key + "' not found");
    }
    check("nonsense", "metadata entry pliny.bits: ");
}

TEST_CASE("Quantized files: each tensor is there, with its shape, and no other") {
    Mistakes mistakes;
    for (std::size_t i = 0; i < mistakes.file.tensors.size(); ++i) {
        SafetensorsFile changed = mistakes.file;
        changed.tensors.erase(changed.tensors.begin() + static_cast<std::ptrdiff_t>(i));
        mistakes.check_refused(changed, "found no tensor '" + mistakes.file.tensors[i].name + "'");
    }
    SafetensorsFile more = mistakes.file, shorter = mistakes.file;
    more.tensors.emplace_back(more.tensors[0]).name = "0.0.0.weight";
    mistakes.check_refused(more, "found 14 tensors; expected 13");
    TensorView& codes = *std::ranges::find(shorter.tensors, "4.weight.codes", &TensorView::name);
    codes.shape = {251};
    codes.data = codes.data.first(251);
    mistakes.check_refused(shorter, "tensor 4.weight.codes: found U8 [251]; expected U8 [252]");
}

TEST_CASE("Quantized files: what is none says what it is, and what reads it") {
    Mistakes mistakes;
    CHECK((pliny::detail::file_kind(mistakes.file.metadata) == pliny::detail::FileKind::quantized));
    const std::string expected = "; expected a file written by pliny's save, with a quantized network";
    const auto check = [&](const char* entry, const std::string& found) {
        SafetensorsFile other = mistakes.file;
        other.metadata = {{"format", "pt"}, {entry, "{}"}};
        mistakes.check_refused(other, mistakes.bad.string() + ": found " + found + expected);
    };
    check("pliny.found", "a network in floating point, which load<Net> reads");
    check("pliny.search_of", "the model of a search, which load_into reads");
    check("pliny.checkpoint", "a checkpoint of a training, which --resume reads");
    check("other",
          "no entry pliny.network in its metadata: weights of another program, which load_weights reads");
    write_file(mistakes.bad, read_file(std::filesystem::path(PLINY_TEST_DATA) / "state_dicts/plain.pt"));
    mistakes.check_refused(mistakes.bad, "found a file of PyTorch, which load_weights reads");
}
