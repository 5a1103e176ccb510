// SPDX-License-Identifier: Apache-2.0
// The law of exporting a search for bits: for any bits of any channel, the exported network is the model in
// evaluation bit for bit, has no pruned channel, costs what its tensors and their bits amount to, and trains.
#include <pliny/core.hpp>
#include <pliny/deploy/quantized.hpp>
#include <pliny/nn/methods/mps.hpp>

#include "support/quantized_networks.hpp"
#include "support/tensors.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace pliny;
using namespace pliny::testing;

namespace {

template <class Search>
class ExportLaw {
    using Net = typename Search::network;
    using Space = typename Search::bit_space;
    static constexpr const auto& graph = plan<Net>;
    static constexpr int settings = 100;

    Model<Search> model;
    at::Tensor x;
    bool in_float;
    int compared = 0; // with the formulas

public:
    explicit ExportLaw(at::ScalarType precision) : in_float(precision == at::kFloat) {
        model.to(precision);
        at::manual_seed(11);
        x = random_batch(graph[0].out(), 2).to(precision);
    }
    void check() {
        for (int setting = 0; setting < settings; ++setting) {
            CAPTURE(setting);
            if (setting % 10 == 0) {
                randomize(model, static_cast<std::uint64_t>(setting));
                model.calibrate({x});
            }
            set_alpha(setting);
            model.train(setting % 2);
            Quantized<Net> found = model.exported();
            model.eval();
            found.eval();
            check_outputs(found);
            check_channels(found);
            check_cost(found);
        }
        CHECK(compared >= (in_float ? 1 : settings * 9 / 10)); // the others: a code is close to changing
    }

private:
    /// Every lot takes one candidate: all the first, all the last, or any.
    void set_alpha(int setting) {
        const at::NoGradGuard no_grad;
        model.alpha.zero_();
        const auto take = [&](std::size_t first, std::int64_t candidates, std::int64_t chosen) {
            if (setting < 2)
                chosen = setting == 0 ? 0 : candidates - 1;
            model.alpha[static_cast<std::int64_t>(first) + chosen] = 1;
        };
        const auto any = [&](std::int64_t candidates) {
            return at::randint(candidates, {1}, at::kLong).item<std::int64_t>();
        };
        Space::for_each_lot([&](std::size_t, std::size_t first, std::size_t count, std::uint32_t) {
            const auto candidates = static_cast<std::int64_t>(count);
            take(first, candidates, any(candidates));
        });
    }

    void check_outputs(Quantized<Net>& found) {
        at::Tensor y;
        {
            const at::NoGradGuard no_grad;
            y = model(x);
            CHECK(at::equal(y, found(x)));
        }
        MpsReference masked(model, bit_options<Search>(), Net::components);
        const at::Tensor expected = Net::by_hand(masked, x.to(at::kDouble));
        if (masked.margin < (in_float ? 1e-4 : 1e-11))
            return;
        ++compared;
        // Codes of 16 bits are not watched: in float some are one step off, of 65535.
        const double tolerance = in_float ? 2.0 / 65535 : 1e-12;
        CHECK(difference(y.to(at::kDouble), expected) <= tolerance);
        CHECK(difference(found(x).to(at::kDouble), expected) <= tolerance);
    }

    static std::vector<std::int64_t> places(const std::vector<int>& bits) {
        std::vector<std::int64_t> places;
        for (std::size_t c = 0; c < bits.size(); ++c)
            if (bits[c] > 0)
                places.push_back(static_cast<std::int64_t>(c));
        return places;
    }
    /// The channels that have bits are there in their order, with their weights.
    void check_channels(const Quantized<Net>& found) {
        const auto own = found.named_parameters(), whole = model.named_parameters();
        for (int r = 1; r < graph.size(); ++r) {
            if (!graph[r].has_weights())
                continue;
            const std::string name = std::string(graph[r].path.view());
            CAPTURE(name);
            const std::vector<int> bits = model.weight_bits(r);
            const std::vector<std::int64_t> alive = places(bits);
            std::vector<int> expected;
            for (std::int64_t c : alive)
                expected.push_back(bits[static_cast<std::size_t>(c)]);
            CHECK(found.weight_bits(r) == expected);
            REQUIRE(!alive.empty());
            const at::Tensor kept = at::tensor(alive, at::kLong);
            REQUIRE(own.contains(name + ".bias") == whole.contains(name + ".bias"));
            if (own.contains(name + ".bias"))
                CHECK(at::equal(own[name + ".bias"], whole[name + ".bias"].index_select(0, kept)));
            const at::Tensor weight = own[name + ".weight"];
            at::Tensor rows = whole[name + ".weight"].index_select(0, kept);
            REQUIRE(weight.size(0) == rows.size(0));
            if (weight.size(1) == rows.size(1)) // all inputs are left, or it is depthwise
                CHECK(at::equal(weight, rows));
            else
                CHECK(weight.size(1) < rows.size(1));
        }
        for (const auto& item : own) // none but these, and the clips
            CHECK((item.key() == "log_clip" || whole.contains(item.key())));
    }
    void check_cost(const Quantized<Net>& found) {
        std::int64_t bits = 0;
        for (int r = 1; r < graph.size(); ++r) {
            if (!graph[r].has_weights())
                continue;
            const at::Tensor weight = found.tensors_of(r).weight;
            for (std::int64_t c = 0; c < weight.size(0); ++c)
                bits += weight[c].numel() * found.weight_bits(r)[static_cast<std::size_t>(c)];
        }
        CHECK(found.template cost<ParamsBit>() == static_cast<double>(bits));
        CHECK(model.template cost<ParamsBit>() == static_cast<double>(bits));
    }
};

template <class Search>
void check_exports() {
    ExportLaw<Search>(at::kFloat).check();
    ExportLaw<Search>(at::kDouble).check();
}
using WithZero = Weights<0, 2, 4, 8>;

/// Mean squared error on fixed data, and its gradients.
template <class Net>
double step(Quantized<Net>& network, const at::Tensor& x, const at::Tensor& target, double rate) {
    network.zero_grad();
    const at::Tensor loss = (network(x) - target).square().mean();
    loss.backward();
    const at::NoGradGuard no_grad;
    for (at::Tensor parameter : network.parameters())
        parameter.sub_(parameter.grad(), rate);
    return loss.item<double>();
}

} // namespace

TEST_CASE("Exported: layer by layer") { check_exports<Mps<Chain>>(); }
TEST_CASE("Exported: channels of a depthwise convolution") {
    check_exports<Mps<Separable, PerChannel, WithZero>>();
}
TEST_CASE("Exported: a sum") { check_exports<Mps<Skip, PerChannel, WithZero>>(); }
TEST_CASE("Exported: a join of the user's own") { check_exports<Mps<GatedPaths, PerChannel, WithZero>>(); }
TEST_CASE("Exported: learned steps") { check_exports<Mps<Skip, PerChannel, WithZero, LearnedSteps>>(); }
TEST_CASE("Exported: layers side by side") {
    check_exports<Mps<Joined, PerChannel, WithZero, Activations<1, 3, 8, 16>>>();
}

TEST_CASE("With gradients, at full width, evaluation is that of the export; so is training once settled") {
    Model<Mps<Skip, PerChannel, WithZero>> model;
    model.to(at::kDouble);
    randomize(model, 4);
    const at::Tensor x = at::randn({2, 2, 6, 6}, at::kDouble);
    model.calibrate({x});
    {
        const at::NoGradGuard no_grad;
        model.alpha.normal_();
    }
    model.settle();
    Quantized<Skip> found = model.exported();
    found.eval();
    model.train();
    CHECK(difference(model(x), found(x)) <= 1e-12);
    model.eval();
    CHECK(difference(model(x), found(x)) <= 1e-12);
}
TEST_CASE("Kept norms are folded in evaluation and in the export as those that are folded at the start") {
    using Kept = Mps<Skip, PerChannel, WithZero, Activations<8>, KeepBatchNorm>;
    Model<Kept> model;
    randomize(model, 5);
    at::manual_seed(8);
    const at::Tensor x = at::randn({64, 2, 6, 6});
    model.calibrate({x});
    CHECK(model.named_parameters().contains("3.body.3.weight"));
    for (int i = 0; i < 50; ++i) // in training they get statistics of their own
        model(at::randn({64, 2, 6, 6}));
    CHECK(model.named_buffers()["1.num_batches_tracked"].item<std::int64_t>() == 57);
    Model<Mps<Skip, PerChannel, WithZero, Activations<8>>> folded;
    folded.load_weights(model);
    CHECK(!folded.named_parameters().contains("3.body.3.weight"));
    folded.calibrate({x});
    {
        const at::NoGradGuard no_grad;
        model.alpha.normal_();
        folded.alpha.copy_(model.alpha);
        folded.log_clip.copy_(model.log_clip);
    }
    model.eval();
    folded.eval();
    const at::Tensor with_gradients = model(x).detach();
    const at::NoGradGuard no_grad;
    const at::Tensor y = model(x);
    CHECK(at::equal(y, folded(x)));
    Quantized<Skip> found = model.exported();
    found.eval();
    CHECK(at::equal(y, found(x)));
    // Biases are on grids and folded scales round: a few codes of 8 bits differ by one.
    CHECK((with_gradients - y).abs().mean().item<double>() <= y.abs().max().item<double>() / 255);
    // Statistics that have seen such batches give about what the batch itself gives.
    model.settle();
    model.train();
    const at::Tensor trained = model(x);
    CHECK((trained - y).abs().mean().item<double>() <= 0.2 * y.abs().mean().item<double>());
}
TEST_CASE("An exported network trains and is its own") {
    Model<Mps<Skip, PerChannel, WithZero>> model;
    randomize(model, 4);
    at::manual_seed(7);
    const at::Tensor x = at::randn({16, 2, 6, 6}), target = at::randn({16, 4});
    model.calibrate({x});
    {
        const at::NoGradGuard no_grad;
        model.alpha.normal_();
    }
    model.eval();
    const at::Tensor before = model(x).detach();
    Quantized<Skip> found = model.exported();
    found.train();
    std::vector<at::Tensor> old;
    for (const at::Tensor& parameter : found.parameters())
        old.push_back(parameter.detach().clone());
    const double first = step(found, x, target, 0.01);
    for (std::size_t i = 0; i < old.size(); ++i)
        CHECK(!at::equal(found.parameters()[i], old[i])); // weights, biases and clips
    CHECK(!at::equal(found.log_clip, old.back()));
    double last = 0;
    for (int i = 0; i < 30; ++i)
        last = step(found, x, target, 0.01);
    CHECK(last < 0.7 * first);
    CHECK(at::equal(model(x), before));
}
