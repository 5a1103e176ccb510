// SPDX-License-Identifier: Apache-2.0
// A model with choices computes, forwards and backwards, what the definition says, however the shares are
// drawn, merged into kernels, folded into weights or left out; what is exported is what runs in eval mode.
#include <pliny/core.hpp>
#include <pliny/deploy/model_file.hpp>
#include <pliny/nn/methods/pit.hpp>
#include <pliny/nn/methods/super_net.hpp>

#include "support/choice_networks.hpp"
#include "support/choice_reference.hpp"
#include "support/temporary_folder.hpp"
#include "support/tensors.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

using namespace pliny;
using namespace pliny::testing;

namespace {

template <class Search>
class ChoiceLaw {
public:
    using Net = typename Search::network;
    using Space = typename Search::space;
    using T = ChoiceShares<Net>;
    using Sampling = typename Search::choice_options::sampling;
    static constexpr const auto& graph = plan<Net>;

    Model<Search> model;
    at::Tensor x;

    explicit ChoiceLaw(std::uint64_t seed) {
        randomize(model, seed);
        x = random_batch(graph[0].out(), 5);
    }
    void set_alpha(int setting) {
        const at::NoGradGuard no_grad;
        at::manual_seed(static_cast<std::uint64_t>(setting));
        model.alpha.uniform_(-1, 1).mul_(setting == 0 ? 0.1 : 1 + setting % 3);
    }

    /// One step while training: outputs, and all gradients.
    void check_training(int setting) {
        set_alpha(setting);
        model.set_temperature(setting % 2 ? 1 : 0.7);
        model.train();
        model.zero_grad();
        const at::Tensor y = model(x), upstream = at::randn_like(y);
        ByTheBook<Net> book(model);
        book.set_theta(model.thetas());
        set_masks(book);
        const at::Tensor expected = book(x, true);
        const double rounding = x.scalar_type() == at::kDouble ? 1e-8 : 1;
        CHECK(difference(y, expected) <= 2e-5 * rounding);
        if (Sampling::hard)
            for (const auto& shares : model.thetas())
                CHECK(std::count(shares.begin(), shares.end(), 1.0) == 1);
        y.backward(upstream);
        expected.backward(upstream.to(at::kDouble));
        double scale = 1e-3;
        for (const auto& [name, tensor] : book.tensors)
            if (tensor.grad().defined())
                scale = std::max(scale, tensor.grad().abs().max().template item<double>());
        for (const auto& item : model.named_parameters()) {
            if (item.key() == "alpha")
                continue;
            CAPTURE(item.key());
            const at::Tensor theirs = book.tensors.at(item.key()).grad();
            if (!item.value().grad().defined()) { // inside an alternative that did not run
                CHECK((!theirs.defined() || theirs.abs().max().template item<double>() == 0));
                continue;
            }
            const at::Tensor wanted = theirs.defined() ? theirs : at::zeros_like(item.value());
            CHECK((item.value().grad() - wanted).abs().max().template item<double>() <=
                  3e-5 * rounding * scale);
        }
        check_alpha(book.theta.grad());
    }

    /// The gradient of alpha from that of the shares.
    void check_alpha(const at::Tensor& by_theta) {
        const at::Tensor found =
            model.alpha.grad().defined()
                ? model.alpha.grad().narrow(0, Space::first_choice_alpha, static_cast<std::int64_t>(T::size))
                : at::zeros({static_cast<std::int64_t>(T::size)});
        if (Sampling::scored) {
            CHECK(found.abs().max().template item<double>() == 0); // comes with the penalty
            return;
        }
        const std::vector<double> alpha = pliny::detail::read(model.alpha);
        const auto choice = std::span(alpha).subspan(Space::first_choice_alpha);
        std::vector<double> noise;
        if (Sampling::noisy)
            noise = pliny::detail::read(model.named_buffers()["noise"]);
        const std::vector<double> soft = T::softmax(choice, noise, model.temperature());
        std::vector<double> gradient = pliny::detail::read(by_theta);
        if (Sampling::hard) { // what did not run counts 0
            std::size_t a = 0;
            const auto running = pliny::detail::running(
                graph, [&, flat = flat_shares()](std::size_t i) { return flat[i] > 0; });
            for (double& g : gradient)
                g *= running[a++];
        }
        for (int row : graph.choices) { // the Jacobian of softmax, by its definition
            const auto first = static_cast<std::size_t>(graph[row].first_alternative);
            for (std::size_t i = first; i < first + static_cast<std::size_t>(graph[row].inputs); ++i) {
                double sum = 0, scale = 1e-3;
                for (std::size_t j = first; j < first + static_cast<std::size_t>(graph[row].inputs); ++j) {
                    sum += gradient[j] * soft[j] * ((i == j) - soft[i]) / model.temperature();
                    scale = std::max(scale, std::abs(gradient[j]));
                }
                CHECK(std::abs(found[static_cast<std::int64_t>(i)].template item<double>() - sum) <=
                      1e-4 * scale + 1e-5); // float32 sums of some hundred products
            }
        }
    }
    std::vector<double> flat_shares() const {
        std::vector<double> flat;
        for (const auto& shares : model.thetas())
            flat.insert(flat.end(), shares.begin(), shares.end());
        return flat;
    }

    /// In eval mode: the path of the largest alphas, by the book; and exported, from a file, folded.
    void check_exported(int setting) {
        set_alpha(setting);
        const at::NoGradGuard no_grad;
        model.eval();
        const at::Tensor expected = model(x);
        const std::vector<double> alpha = pliny::detail::read(model.alpha);
        ByTheBook<Net> book(model);
        book.set_theta(model.thetas());
        for (const auto& shares : model.thetas())
            CHECK(std::count(shares.begin(), shares.end(), 1.0) == 1);
        CHECK(model.chosen() == T::largest(std::span(alpha).subspan(Space::first_choice_alpha)));
        set_masks(book);
        CHECK(difference(expected, book(x, false)) <= 2e-5);

        Exported<Net> found = model.exported();
        found.eval();
        CHECK(found.chosen() == model.chosen());
        CHECK(difference(found(x), expected) <= 1e-6);
        std::int64_t counted = 0;
        for (const auto& item : found.named_parameters())
            for (const Row& row : graph.rows)
                if (row.has_weights() && item.key().starts_with(std::string(row.path.view()) + ".") &&
                    item.key().find('.', row.path.size + 1) == std::string::npos)
                    counted += item.value().numel();
        CHECK(found.template cost<Params>() == static_cast<double>(counted));
        CHECK(model.template cost<Params>() == static_cast<double>(counted));

        const TemporaryFolder folder;
        save(found, folder / "found.safetensors");
        Exported<Net> loaded = load<Net>(folder / "found.safetensors");
        loaded.eval();
        CHECK(loaded.chosen() == found.chosen());
        CHECK(at::equal(loaded(x), found(x)));
        loaded.fold_batch_norm();
        CHECK(difference(loaded(x), expected) <= 1e-5);
        for (auto& item : found.named_parameters()) // tensors of its own
            item.value().fill_(3);
        for (auto& item : found.named_buffers())
            item.value().fill_(3);
        CHECK(at::equal(model(x), expected));
    }

    /// A step of the settled model is one of the exported network.
    void check_settled(int setting) {
        set_alpha(setting);
        model.settle();
        Exported<Net> found = model.exported();
        model.train();
        found.train();
        model.zero_grad();
        const at::Tensor expected = model(x), y = found(x), upstream = at::randn_like(y);
        CHECK(difference(y, expected) <= 1e-5);
        expected.backward(upstream);
        y.backward(upstream);
        double scale = 1e-3, sum = 0, whole = 0;
        for (const auto& item : found.named_parameters()) {
            if (!item.value().grad().defined()) // behind it stands a Zero
                continue;
            scale = std::max(scale, item.value().grad().abs().max().template item<double>());
            sum += item.value().grad().abs().sum().template item<double>();
        }
        for (const auto& item : model.named_parameters())
            if (item.key() != "alpha" && item.value().grad().defined())
                whole += item.value().grad().abs().sum().template item<double>();
        CHECK(whole == doctest::Approx(sum).epsilon(1e-4));
        CHECK(scale > 1e-3);
        if (model.alpha.grad().defined() && Space::first_choice_alpha == 0)
            CHECK(model.alpha.grad().abs().max().template item<double>() == 0);
    }

private:
    void set_masks(ByTheBook<Net>& book) const {
        const auto kept = model.kept();
        for (std::size_t g = 0; g < kept.size(); ++g) {
            at::Tensor mask = at::zeros({graph.groups[g].width}, at::kDouble);
            book.masks.push_back(mask.index_fill(0, at::tensor(kept[g], at::kLong), 1));
        }
    }
};

template <class Search>
void check_law(at::ScalarType type = at::kFloat) {
    ChoiceLaw<Search> law(3);
    law.model.to(type);
    law.x = law.x.to(type);
    for (int setting = 0; setting < 6; ++setting) {
        CAPTURE(setting);
        law.check_training(setting);
        law.check_exported(setting);
    }
    law.check_settled(4);
}

} // namespace

TEST_CASE_TEMPLATE("Choices by the book: Softmax", Net, Flat, Strided, GroupedChoices, NestedChoices,
                   VectorChoices) {
    check_law<SuperNet<Net, Softmax>>();
}
// As on a device other than the CPU, operators of LibTorch take the place of the loops.
TEST_CASE_TEMPLATE("Choices by the book: in double", Net, Flat, Strided, GroupedChoices, NestedChoices) {
    check_law<SuperNet<Net, Softmax>>(at::kDouble);
}
TEST_CASE_TEMPLATE("Choices by the book: other samplings", Sampling, Gumbel, HardGumbel, Hard, SinglePath) {
    check_law<SuperNet<Flat, Sampling>>();
    check_law<SuperNet<NestedChoices, Sampling>>();
}
TEST_CASE_TEMPLATE("Choices by the book: with widths", Sampling, Softmax, HardGumbel) {
    check_law<Pit<SuperNet<Flat, Sampling>, Cost<Params>>>();
    check_law<Pit<SuperNet<Strided, Sampling>, Cost<Params>>>();
    check_law<Pit<SuperNet<NestedChoices, Sampling>, Cost<Params>>>();
}
