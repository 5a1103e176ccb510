// SPDX-License-Identifier: Apache-2.0
// The laws of weights that a transform makes, N:M sparsity first, alone and within searches: for any alphas
// the exported network is the model in eval mode; its tensors have the pattern and keep it while they are
// trained; what all of them cost is the number of weights that are not 0.
#include <pliny/core.hpp>
#include <pliny/deploy/exported.hpp>
#include <pliny/deploy/found_header.hpp>
#include <pliny/deploy/quantized_file.hpp>
#include <pliny/nn/methods/mps.hpp>

#include "support/temporary_folder.hpp"
#include "support/tensors.hpp"

#include <doctest/doctest.h>

#include <torch/optim.h>

#include <concepts>
#include <string>
#include <type_traits>
#include <vector>

using namespace pliny;
using namespace pliny::testing;

namespace {

// clang-format off
struct Thinned : Network<Image<3, 6, 6>, Sequential<
    Conv2d<8, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU,
    Residual<Sequential<Conv2d<12, Kernel<3>, Padding<1>, NoBias>, BatchNorm2d, ReLU, Conv2d<8>, BatchNorm2d>>, ReLU,
    Conv2d<8, Kernel<3>, Padding<1>, Depthwise>, BatchNorm2d, ReLU, Conv2d<6>, ReLU,
    MaxPool2d<2>, Flatten, Linear<16>, ReLU, Linear<4>>> {};
struct ThinStrands : Network<Image<2, 6, 6>, Sequential<
    Conv2d<8, Kernel<3>, Padding<1>>, ReLU,
    Concat<Sequential<Conv2d<12>, BatchNorm2d, ReLU>, Conv2d<8, Kernel<3>, Padding<1>, Groups<2>>>,
    Conv2d<16>, Tanh, AvgPool2d<2>, Conv2d<8>, ReLU, Flatten, Linear<4>>> {};
struct ThinWays : Network<Image<2, 6, 6>, Sequential<
    Conv2d<8, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU,
    Choice<Conv2d<8, Kernel<3>, Padding<1>>,
           Sequential<Conv2d<12>, BatchNorm2d, ReLU, Choice<Conv2d<8>, Conv2d<8, Kernel<3>, Padding<1>>>, BatchNorm2d>,
           Identity>,
    ReLU, Choice<Sequential<Conv2d<8>, ReLU>, Sequential<Conv2d<8, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU>>,
    MaxPool2d<3>, Flatten, Linear<4>>> {};
// clang-format on

/// Of every two neighbouring pairs of inputs the one with the larger sum stays: a transform of the user's
/// own.
struct StrongerPair {
    static constexpr int multiple = 4;
    static constexpr bool applies(const Facts& facts, const Shape& in) {
        return facts.kind == Kind::Conv2d && facts.groups == 1 && in.channels() % 4 == 0;
    }
    static constexpr Density density(const Facts&, const Shape&) { return {1, 2}; }
    static std::string spelled() { return "StrongerPair"; }
    static at::Tensor forward(const at::Tensor& weight) {
        const at::Tensor pairs = weight.unflatten(1, {-1, 2, 2}), strength = pairs.abs().sum(3, true);
        const at::Tensor first = strength.narrow(2, 0, 1).ge(strength.narrow(2, 1, 1));
        return at::where(at::cat({first, first.logical_not()}, 2), pairs, at::zeros_like(pairs))
            .flatten(1, 3);
    }
};

template <class Net>
inline constexpr int neighbours = Net::weight_transform::multiple;

/// Whether every group of neighbours of a tensor has as many zeros as it must.
template <class Net>
bool has_pattern(const at::Tensor& weight, int row) {
    const Density density = plan<Net>[row].facts.density;
    const at::Tensor left = weight.detach().ne(0).unflatten(1, {-1, neighbours<Net>}).sum(2);
    return left.le(neighbours<Net> * density.left / density.of).all().template item<bool>();
}
template <class Net>
std::int64_t left_of(const at::Tensor& weight) {
    return weight.detach().ne(0).sum().template item<std::int64_t>();
}

/// The tensor of a row by its name; undefined where there is none.
at::Tensor weight_at(const torch::nn::Module& module, const Row& row) {
    const auto all = module.named_parameters();
    const auto* found = all.find(std::string(row.path.view()) + ".weight");
    return found ? *found : at::Tensor{};
}

template <class Net, class Found>
void check_patterns(const Found& found) {
    for (const Row& row : plan<Net>.rows)
        if (const at::Tensor weight = weight_at(found, row); row.facts.transformed && weight.defined())
            CHECK(has_pattern<Net>(weight, static_cast<int>(&row - plan<Net>.rows.data())));
}
template <class Net, class Found>
std::int64_t all_left(const Found& found) {
    std::int64_t sum = 0;
    for (const Row& row : plan<Net>.rows)
        if (const at::Tensor weight = weight_at(found, row); row.has_weights() && weight.defined())
            sum += left_of<Net>(weight);
    return sum;
}

/// Trains a found network: its zeros stay, all else moves.
template <class Net, class Found>
void check_fine_tuning(Found& found, const at::Tensor& x) {
    found.train();
    std::vector<at::Tensor> before;
    for (const Row& row : plan<Net>.rows)
        before.push_back(weight_at(found, row).defined() ? weight_at(found, row).detach().clone()
                                                         : at::Tensor{});
    torch::optim::AdamW optimizer(found.parameters(), torch::optim::AdamWOptions(1e-2).weight_decay(0.1));
    const at::Tensor target = at::randn({x.size(0), output_shape<Net>.channels()}, x.options());
    for (int step = 0; step < 5; ++step) {
        optimizer.zero_grad();
        (found(x) - target).square().mean().backward();
        optimizer.step();
    }
    bool moved = false;
    for (std::size_t r = 0; r < before.size(); ++r) {
        const Row& row = plan<Net>.rows[r];
        if (!row.facts.transformed || !before[r].defined())
            continue;
        const at::Tensor now = weight_at(found, row).detach();
        CHECK(now.masked_select(before[r].eq(0)).eq(0).all().template item<bool>());
        moved = moved || !at::equal(now, before[r]);
    }
    CHECK(moved);
    check_patterns<Net>(found);
}

template <class Search>
class SparseLaw {
    using Net = typename Search::network;
    using Program = Architecture<Search>;
    static constexpr const auto& graph = plan<Net>;
    Model<Search> model;
    at::Tensor x;

    void set_alpha(int setting) {
        const at::NoGradGuard no_grad;
        model.alpha.normal_();
        constexpr auto masks = static_cast<std::int64_t>(Program::masks);
        if constexpr (masks > 0) // in the first settings no channel dies, and all that can
            model.alpha.narrow(0, 0, masks)
                .copy_(setting < 2 ? at::full({masks}, setting * 1.0) : at::rand({masks}));
    }
    double apart(auto& found) {
        const at::NoGradGuard no_grad;
        return difference(model(x), found(x));
    }
    void check_costs(const auto& found) {
        const auto left = static_cast<double>(all_left<Net>(found));
        CHECK(found.template cost<ParamsNoBias>() == left);
        CHECK(model.template cost<ParamsNoBias>() == doctest::Approx(left).epsilon(1e-12));
        CHECK(model.template cost<OpsBit>() == doctest::Approx(found.template cost<OpsBit>()).epsilon(1e-12));
    }
    void check_codes(Quantized<Net>& found) {
        for (int r = 1; r < graph.size(); ++r) {
            if (found.weight_bits(r).empty())
                continue;
            const auto codes = found.weight_codes(r).codes;
            const at::Tensor weight = found.tensors_of(r).weight.detach().contiguous();
            const at::Tensor zeros = weight.eq(0).flatten().to(at::kByte);
            for (std::size_t i = 0; i < codes.size(); ++i)
                if (zeros.const_data_ptr<std::uint8_t>()[i])
                    CHECK(codes[i] == 0);
        }
    }

public:
    explicit SparseLaw(at::ScalarType type) {
        model.to(type);
        randomize(model, 3);
        at::manual_seed(11);
        x = random_batch(graph[0].out(), 3).to(type);
        if constexpr (Search::quantizes)
            model.calibrate({x});
    }
    void check(double tolerance, int settings) {
        int narrower = 0;
        for (int setting = 0; setting < settings; ++setting) {
            CAPTURE(setting);
            set_alpha(setting);
            model.train(setting % 2);
            auto found = model.exported();
            model.eval();
            found.eval();
            CHECK(apart(found) <= (Search::quantizes ? 0 : tolerance));
            if constexpr (Search::quantizes) {
                if constexpr (!Search::bit_space::keeps_norms) // its own rows, with masks and all quantizers
                    CHECK(difference(model(x), found(x)) <= tolerance);
                if (setting % 10 == 0 && x.scalar_type() == at::kFloat)
                    check_codes(found);
            }
            check_patterns<Net>(found);
            check_costs(found);
            for (const Row& row : graph.rows)
                if (const at::Tensor own = weight_at(found, row); own.defined() && row.facts.transformed)
                    narrower += own.size(1) < weight_at(model, row).size(1);
            if (setting % 25 == 3)
                check_fine_tuning<Net>(found, x);
        }
        CHECK((narrower > 0) == Search::prunes);
    }
    /// A search learns all weights, also those that count as 0, and its alphas.
    void check_training() {
        model.train();
        set_alpha(5);
        at::manual_seed(2);
        const at::Tensor target = at::randn({3, output_shape<Net>.channels()}, x.options());
        double first = 0, last = 0;
        for (int step = 0; step < 30; ++step) {
            model.zero_grad();
            const at::Tensor loss = (model(x) - target).square().mean();
            (loss + 1e-9 * model.template cost_tensor<ParamsNoBias>()).backward();
            (step == 0 ? first : last) = loss.template item<double>();
            const at::NoGradGuard no_grad;
            for (at::Tensor parameter : model.weights())
                if (parameter.grad().defined())
                    parameter.sub_(parameter.grad(), 0.02);
        }
        CHECK(last < first);
        CHECK(model.alpha.grad().isfinite().all().template item<bool>());
        CHECK(all_left<Net>(model) == [&] {
            std::int64_t all = 0;
            for (const Row& row : graph.rows)
                all += row.facts.weights;
            return all;
        }());
    }
    void check_file() {
        const TemporaryFolder folder;
        model.to(at::kFloat);
        x = x.to(at::kFloat);
        set_alpha(7);
        auto found = model.exported();
        found.eval();
        const auto file = folder.path() / "found.safetensors";
        save(found, file);
        auto loaded = [&] {
            if constexpr (Search::quantizes)
                return load_quantized<Net>(file);
            else
                return load<Net>(file);
        }();
        loaded.eval();
        const at::NoGradGuard no_grad;
        CHECK(at::equal(found(x), loaded(x)));
        check_patterns<Net>(loaded);
        CHECK(loaded.template cost<OpsBit>() == found.template cost<OpsBit>());
    }
};

template <class Search>
void check_sparse(int settings = 100) {
    {
        SparseLaw<Search> law(at::kDouble);
        law.check(1e-9, settings);
        law.check_training();
        law.check_file();
    }
    if constexpr (!Search::quantizes)
        SparseLaw<Search>(at::kFloat).check(2e-6, 10);
    else
        SparseLaw<Search>(at::kFloat).check(1e-4, 10);
}

} // namespace

TEST_CASE("Sparse: a network alone") {
    using Net = NmSparse<2, 4, Thinned>;
    Model<Net> model;
    randomize(model, 4);
    at::manual_seed(1);
    const at::Tensor x = random_batch(plan<Net>[0].out(), 5);
    auto found = model.exported();
    static_assert(std::same_as<decltype(found), Exported<Net>>);
    check_patterns<Net>(found);
    CHECK(all_left<Net>(found) == Model<Net>::cost<ParamsNoBias>());
    CHECK(found.cost<Params>() == Model<Net>::cost<Params>());
    CHECK(Model<Net>::cost<Params>() < Model<Thinned>::cost<Params>());
    for (Model<Net>* one : {&model}) {
        one->eval(), found.eval();
        const at::NoGradGuard no_grad;
        CHECK(at::equal((*one)(x), found(x)));
    }
    // Straight through: the gradient of all weights is that of a dense network with the weights that count.
    Model<Thinned> dense;
    dense.load_weights(found);
    dense.eval();
    (model(x).square().sum() + dense(x).square().sum()).backward();
    for (const auto& item : model.named_parameters())
        CHECK(at::equal(item.value().grad(), dense.named_parameters()[item.key()].grad()));
    check_fine_tuning<Net>(found, x);

    // Dense weights, from another model or a file, get the pattern.
    const TemporaryFolder folder;
    save(model, folder.path() / "model.safetensors");
    auto loaded = load<Net>(folder.path() / "model.safetensors");
    found.load_weights(model);
    loaded.eval(), found.eval();
    CHECK(at::equal(loaded(x), found(x)));
    CHECK(at::equal(loaded(x), model(x)));
    check_patterns<Net>(loaded);
    found.fold_batch_norm();
    check_patterns<Net>(found);
    CHECK(difference(found(x), model(x)) < 1e-5);
    CHECK_THROWS_AS(load<Thinned>(folder.path() / "model.safetensors"), FileError);
    auto copy = copy_of(model);
    CHECK(at::equal(copy(x), model(x)));
}

TEST_CASE(
    "Sparse: the first of equals, every place of the kernel apart, nothing that is not a number spreads") {
    const at::Tensor same = at::ones({1, 4, 1, 2});
    const at::Tensor made = NmPattern<2, 4>::forward(same);
    CHECK(at::equal(made.select(3, 0).flatten(), at::tensor({1.f, 1.f, 0.f, 0.f})));
    const at::Tensor w = at::tensor({-3.f, 1.f, 2.f, -2.f, 0.f, 0.f, 5.f, 4.f}).reshape({1, 8});
    CHECK(at::equal(NmPattern<2, 4>::forward(w).flatten(),
                    at::tensor({-3.f, 0.f, 2.f, 0.f, 0.f, 0.f, 5.f, 4.f})));
    CHECK(at::equal(NmPattern<1, 4>::forward(w).flatten(),
                    at::tensor({-3.f, 0.f, 0.f, 0.f, 0.f, 0.f, 5.f, 0.f})));
    at::manual_seed(3);
    const at::Tensor many = at::randn({5, 16, 3, 3});
    const at::Tensor once = NmPattern<3, 8>::forward(many);
    CHECK(at::equal(NmPattern<3, 8>::forward(once), once));
    for (int c = 0; c < 2; ++c) {
        const at::Tensor group = many.narrow(1, 8 * c, 8);
        const at::Tensor least = std::get<0>(group.abs().topk(3, 1)).amin(1, true);
        CHECK(at::equal(once.narrow(1, 8 * c, 8),
                        at::where(group.abs() >= least, group, at::zeros_like(group))));
    }
    CHECK(NmPattern<2, 4>::forward(at::full({1, 4}, NAN)).isnan().sum().item<int>() == 2);
}

TEST_CASE("Sparse: widths") {
    check_sparse<Pit<NmSparse<2, 4, Thinned>, Cost<Params>>>();
    check_sparse<Pit<NmSparse<1, 2, ThinStrands, Exclude<"0">>, Cost<Params>, Multiple<4>>>(20);
    check_sparse<Pit<Transformed<Thinned, StrongerPair>, Cost<Params>>>(20);
}
TEST_CASE("Sparse: bits") {
    check_sparse<Mps<NmSparse<2, 4, Thinned>>>();
    check_sparse<Mps<NmSparse<2, 4, Thinned>, Exclude<"3.body.3", "8">>>(10); // layers that stay float
    check_sparse<Mps<NmSparse<2, 4, ThinStrands>, PerChannel, KeepBatchNorm, LearnedSteps>>(20);
}
TEST_CASE("Sparse: widths and bits") {
    check_sparse<Mps<Pit<NmSparse<2, 4, Thinned>>>>();
    check_sparse<Mps<Pit<NmSparse<1, 4, ThinStrands>>, PerChannel>>(20);
    check_sparse<Pit<Mps<Transformed<Thinned, StrongerPair>, PerChannel>, Cost<ParamsBit>>>(20);
}
TEST_CASE("Sparse: alternatives, alone and with all else") {
    check_sparse<SuperNet<NmSparse<2, 4, ThinWays>, Cost<Params>>>();
    check_sparse<Pit<SuperNet<NmSparse<2, 4, ThinWays>>, Cost<Params>>>();
    check_sparse<Mps<Pit<SuperNet<NmSparse<2, 4, ThinWays>>>>>(20);
}
TEST_CASE("Sparse: found headers say what is transformed") {
    using Search = SuperNet<NmSparse<2, 4, ThinWays, Exclude<"3.1.0", "8">>, Cost<Params>>;
    Model<Search> model;
    {
        const at::NoGradGuard no_grad;
        model.alpha.copy_(at::arange(model.alpha.numel()).flip(0).to(model.alpha.scalar_type()));
    }
    const std::string header = found_header(model.exported(), "Sparse");
    CHECK(header.find("struct Sparse : Transformed<") != std::string::npos);
    CHECK(header.find("NmPattern<2, 4>, Exclude<\"8\">") != std::string::npos); // "3.1.0" is not there
}
