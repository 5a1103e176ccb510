// SPDX-License-Identifier: Apache-2.0
// The laws of quantizers of the user's own: for any bits of any channel the exported network is the model in
// evaluation bit for bit, its weights are the values of its codes, and a file of it comes back. The library's
// grids, taken as such a quantizer, give what they give without.
#include <pliny/core.hpp>
#include <pliny/deploy/quantized_file.hpp>
#include <pliny/nn/methods/mps.hpp>
#include <pliny/nn/methods/pit.hpp>

#include "support/own_quantizers.hpp"
#include "support/quantized_networks.hpp"
#include "support/temporary_folder.hpp"
#include "support/tensors.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace pliny;
using namespace pliny::testing;

namespace {

using AnyBits = Weights<0, 2, 4, 8>;

/// Every lot takes a candidate at random, the first where `least`.
template <class Search>
void assign_any(Model<Search>& model, bool least) {
    const at::NoGradGuard no_grad;
    model.alpha.uniform_(-1, 1);
    if (least)
        Search::bit_space::for_each_lot([&](std::size_t, std::size_t first, std::size_t, std::uint32_t) {
            model.alpha[static_cast<std::int64_t>(first)] = 2;
        });
}

/// The weights that count, row by row, are the values of the codes, and the biases those with them.
template <class Net, class Quantizer>
void check_weights_of_codes(const Quantized<Net, Quantizer>& found) {
    const auto made = found.weights();
    std::size_t next = 0;
    for (int row = 1; row < plan<Net>.size(); ++row) {
        const std::vector<int>& bits = found.weight_bits(row);
        if (bits.empty())
            continue;
        CAPTURE(row);
        const auto codes = found.weight_codes(row);
        const at::Tensor weight = (*made)[next++].detach().to(at::kFloat).contiguous();
        const std::size_t length = codes.codes.size() / bits.size();
        bool same = true;
        for (std::size_t i = 0; i < codes.codes.size(); ++i) {
            const std::size_t c = i / length;
            const float value =
                codes.steps[c] > 0 ? Quantizer::value(codes.codes[i], codes.steps[c], bits[c]) : 0.0f;
            same = same && weight.const_data_ptr<float>()[i] == value &&
                   codes.codes[i] >= lowest_code(bits[c]) && codes.codes[i] <= highest_code(bits[c]);
        }
        CHECK(same);
        if (!codes.bias.empty())
            CHECK(difference((*made)[next++].detach().to(at::kDouble), at::tensor(codes.bias, at::kDouble)) <=
                  1e-7);
    }
}

template <class Search>
class OwnQuantizerLaw {
    using Net = typename Search::network;
    using Quantizer = typename Search::bit_space::quantizer;
    using Found = Quantized<Net, Quantizer>;
    static constexpr int settings = 100;

    TemporaryFolder folder;
    Model<Search> model;
    bool in_float;

public:
    explicit OwnQuantizerLaw(at::ScalarType precision) : in_float(precision == at::kFloat) {
        model.to(precision);
    }
    void check() {
        at::Tensor x;
        for (int setting = 0; setting < settings; ++setting) {
            CAPTURE(setting);
            if (setting % 10 == 0) {
                randomize(model, static_cast<std::uint64_t>(setting));
                x = random_batch(plan<Net>[0].out(), 3).to(model.alpha.scalar_type());
                model.calibrate({x});
            }
            assign_any(model, setting == 1);
            model.train(setting % 2);
            Found found = model.exported();
            model.eval();
            found.eval();
            CHECK(found.template cost<ParamsBit>() == model.template cost<ParamsBit>());
            const at::NoGradGuard no_grad;
            const at::Tensor y = found(x);
            CHECK(y.abs().max().template item<double>() > 0);
            CHECK(at::equal(model(x), y));
            if (in_float) {
                check_weights_of_codes(found);
                check_file(found, x, y);
            }
        }
    }

private:
    void check_file(const Found& found, const at::Tensor& x, const at::Tensor& y) {
        save(found, folder / "found");
        Found loaded = load_quantized<Net, Quantizer>(folder / "found");
        loaded.eval();
        CHECK(at::equal(loaded(x), y));
        CHECK((loaded.layout() == found.layout()));
        check_weights_of_codes(loaded);
        save(loaded, folder / "again");
        CHECK(read_file(folder / "again") == read_file(folder / "found"));
    }
};

template <class Search>
void check_own_quantizer() {
    OwnQuantizerLaw<Search>(at::kFloat).check();
    OwnQuantizerLaw<Search>(at::kDouble).check();
}

/// Outputs and all gradients of a search in training, with alphas at random.
template <class Search>
std::vector<at::Tensor> trained_on(at::ScalarType precision, const at::Tensor& x) {
    Model<Search> model;
    model.to(precision);
    randomize(model, 31);
    model.calibrate({x.to(precision)});
    {
        const at::NoGradGuard no_grad;
        at::manual_seed(32);
        model.alpha.copy_(at::randn(model.alpha.sizes()));
    }
    const at::Tensor y = model(x.to(precision));
    y.square().sum().backward();
    std::vector<at::Tensor> all{y.detach()};
    for (const at::Tensor& parameter : model.parameters())
        all.push_back(parameter.grad());
    model.eval();
    const at::NoGradGuard no_grad;
    all.push_back(model(x.to(precision)));
    return all;
}

/// The mixture of a channel and its gradients, against the sum of shares x values written down.
template <class Quantizer, int... Bits>
void check_mixture_gradients(at::ScalarType precision) {
    constexpr std::int64_t channels = 5, length = 700, n = sizeof...(Bits);
    constexpr int bits[] = {Bits...};
    at::manual_seed(33);
    const at::Tensor weight = at::randn({channels, length}, precision).requires_grad_(true),
                     alpha = at::zeros({channels * n}, precision).requires_grad_(true),
                     g = at::randn({channels, length}, precision);
    const at::Tensor shares = at::rand({channels, n}, at::kFloat);
    const at::Tensor w = weight.detach().to(at::kFloat);
    pliny::detail::RowWeights row{
        .weight = weight, .bias = {}, .alive = std::vector<float>(channels), .all_alive = false};
    at::Tensor expected = at::zeros({channels, length}, at::kDouble),
               by_share = at::zeros({channels, n}, at::kDouble);
    for (std::int64_t c = 0; c < channels; ++c) {
        const ChannelRange range = pliny::detail::channel_range(w[c].const_data_ptr<float>(), length);
        for (std::int64_t i = 0; i < n; ++i) {
            const auto share = shares[c][i].item<float>();
            row.shares.push_back(share);
            if (bits[i] == 0)
                continue;
            row.alive[static_cast<std::size_t>(c)] += share;
            const float scale = Quantizer::scale(range, bits[i]);
            std::vector<double> values;
            for (std::int64_t k = 0; k < length; ++k)
                values.push_back(double{Quantizer::value(
                    Quantizer::code(w[c].const_data_ptr<float>()[k], scale, bits[i]), scale, bits[i])});
            const at::Tensor of = at::tensor(values, at::kDouble);
            expected[c] += double{share} * of;
            by_share[c][i] = (g[c].to(at::kDouble) * of).sum();
        }
    }
    const at::Tensor alive = at::tensor(row.alive).to(precision).view({channels, 1});
    std::vector<at::Tensor> buffers;
    const auto made = pliny::detail::quantized_weights<Quantizer, Bits...>(
        {row}, buffers, {.alpha = alpha, .to_alpha = [&](const pliny::detail::ShareGradients& by) {
                             return pliny::detail::write(by[0], alpha.detach());
                         }});
    made[0].backward(g);
    const double tolerance = precision == at::kFloat ? 1e-5 : 1e-6; // ranges are in float32
    CHECK(difference(made[0].detach().to(at::kDouble), expected) <= tolerance);
    CHECK(difference(alpha.grad().view({channels, n}).to(at::kDouble), by_share) <= tolerance);
    CHECK(difference(weight.grad(), g * alive) <= 1e-6);
}

} // namespace

TEST_CASE("Own quantizers: a sum") { check_own_quantizer<Mps<Skip, Halves, PerChannel, AnyBits>>(); }
TEST_CASE("Own quantizers: a depthwise convolution, 1 and 16 bits, norms that are kept") {
    check_own_quantizer<Mps<Separable, Halves, PerChannel, Weights<0, 1, 3, 16>, KeepBatchNorm>>();
}
TEST_CASE("Own quantizers: layers side by side, without a step for biases") {
    check_own_quantizer<Mps<Joined, Squares, PerChannel, AnyBits, Activations<1, 3, 8, 16>>>();
}
TEST_CASE("Own quantizers: channels pruned by masks, layers in float32") {
    check_own_quantizer<Mps<Pit<Skip>, Halves, Weights<2, 4>, Cost<ParamsBit>>>();
    check_own_quantizer<Mps<Chain, Squares, Exclude<"4">>>();
}

TEST_CASE("Own quantizers: mixtures and their gradients are what they say") {
    for (const at::ScalarType precision : {at::kFloat, at::kDouble}) {
        CAPTURE(precision);
        check_mixture_gradients<Halves, 0, 2, 4, 8>(precision);
        check_mixture_gradients<Squares, 2, 5>(precision);
        check_mixture_gradients<GridAgain, 1, 3>(precision);
    }
}
TEST_CASE("Own quantizers: the library's grids, taken as one, give what they give without") {
    at::manual_seed(34);
    const at::Tensor x = at::randn({4, 2, 6, 6});
    for (const at::ScalarType precision : {at::kFloat, at::kDouble}) {
        CAPTURE(precision);
        const auto by_grid = trained_on<Mps<Skip, PerChannel, AnyBits>>(precision, x),
                   by_own = trained_on<Mps<Skip, GridAgain, PerChannel, AnyBits>>(precision, x);
        REQUIRE(by_grid.size() == by_own.size());
        for (std::size_t i = 0; i < by_grid.size(); ++i) {
            CAPTURE(i);
            CHECK(difference(by_own[i], by_grid[i]) <= 1e-5);
        }
        if (precision == at::kFloat)
            CHECK(at::equal(by_own.back(), by_grid.back()));
    }
}

TEST_CASE("Own quantizers: what is loaded trains with the scales of its file") {
    const TemporaryFolder folder;
    Model<Mps<Skip, Halves, PerChannel, AnyBits>> model;
    randomize(model, 5);
    const at::Tensor x = random_batch(plan<Skip>[0].out(), 8);
    model.calibrate({x});
    save(model.exported(), folder / "found");
    auto loaded = load_quantized<Skip, Halves>(folder / "found");
    const auto before = loaded.weight_codes(1).steps;
    loaded.train();
    double first = 0, last = 0;
    for (int i = 0; i < 20; ++i) {
        loaded.zero_grad();
        const at::Tensor loss = (loaded(x) - 1).square().mean();
        loss.backward();
        (i == 0 ? first : last) = loss.item<double>();
        const at::NoGradGuard no_grad;
        for (at::Tensor parameter : loaded.parameters())
            parameter.sub_(parameter.grad(), 0.01);
    }
    CHECK(last < first);
    CHECK(loaded.weight_codes(1).steps == before);
    auto copy = copy_of(loaded);
    copy.eval();
    loaded.eval();
    CHECK(at::equal(copy(x), loaded(x)));
}
TEST_CASE("Own quantizers: a file names its quantizer, and no other takes it") {
    const TemporaryFolder folder;
    const auto saved = [&]<class Search>(Model<Search> model) {
        randomize(model, 6);
        model.calibrate({random_batch(plan<Skip>[0].out(), 6)});
        save(model.exported(), folder / "found");
        return read_safetensors(folder / "found").metadata;
    };
    const auto refusal = [&](const auto& load) { return error_of<FileError>(load); };
    CHECK(saved(Model<Mps<Skip, Halves>>()).at("pliny.quantizer") == "halves");
    CHECK(refusal([&] {
              (void)load_quantized<Skip>(folder / "found");
          }).find("found weights of the quantizer \"halves\"; expected \"uniform\"") != std::string::npos);
    CHECK(refusal([&] {
              (void)load_quantized<Skip, Squares>(folder / "found");
          }).find("found weights of the quantizer \"halves\"; expected \"squares\"") != std::string::npos);
    CHECK(saved(Model<Mps<Skip>>()).count("pliny.quantizer") == 0);
    CHECK(refusal([&] {
              (void)load_quantized<Skip, Halves>(folder / "found");
          }).find("found weights of the quantizer \"uniform\"; expected \"halves\"") != std::string::npos);
    Model<Mps<Skip, Halves>> model;
    CHECK(model.exported().summary().find("channels x bits, halves") != std::string::npos);
    CHECK(describe<Mps<Skip, Halves>>().find("to choose for, quantizer: halves\n") != std::string::npos);
    CHECK(describe<Mps<Skip>>().find("quantizer:") == std::string::npos);
}
