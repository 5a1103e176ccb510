// SPDX-License-Identifier: Apache-2.0
// The law of pruning under the options of Pit, and next to the plain model.
#include <pliny/core.hpp>

#include "support/networks.hpp"
#include "support/pruning_law.hpp"

using namespace pliny;
using namespace pliny::testing;

namespace {

template <class Search>
bool trainable(std::string_view layer) {
    const auto& graph = Search::space::graph;
    for (int r = 1; r < graph.size(); ++r)
        if (graph[r].path.view() == layer)
            return Search::space::analysis.trainable[static_cast<std::size_t>(graph.channels(r)[0].group)];
    throw std::runtime_error("no layer " + std::string(layer));
}

struct Wide
    : Network<Image<2, 6, 6>, Sequential<Conv2d<24, Kernel<3>>, BatchNorm2d, ReLU, Conv2d<20>, Sigmoid,
                                         Conv2d<16, Kernel<3>>, Flatten, Linear<40>, Tanh, Linear<3>>> {};

} // namespace

TEST_CASE("Multiple<8>: every width is a multiple of 8, or untouched") {
    using Search = Pit<Wide, Cost<Params>, NoRegularizer, Multiple<8>>;
    CHECK(trainable<Search>("0"));
    CHECK(!trainable<Search>("3")); // 20 channels
    CHECK(trainable<Search>("5"));
    CHECK(trainable<Search>("7"));
    CHECK(Search::space::analysis.alphas == 24 + 16 + 40);
    PruningLaw<Search> law(2);
    law.check_all(22);

    const at::NoGradGuard no_grad;
    law.model.alpha.fill_(0.1);
    CHECK(law.model.widths() == std::array<std::int64_t, 6>{2, 8, 20, 8, 8, 3});
    law.model.alpha.narrow(0, 0, 9).fill_(0.7);  // 9 above the threshold and the last: up to 16
    law.model.alpha.narrow(0, 20, 2).fill_(0.4); // the next best
    const auto kept = law.model.kept();
    CHECK(kept[1] == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 20, 21, 23});
}

TEST_CASE("Exclude by name and by kind leaves layers and their surroundings whole") {
    using ByName = Pit<Cnn, Cost<Params>, NoRegularizer, Exclude<"4">>;
    CHECK(!trainable<ByName>("0"));
    CHECK(!trainable<ByName>("4"));
    CHECK(trainable<ByName>("9"));
    PruningLaw<ByName> by_name(3);
    by_name.check_all(4);
    by_name.set_alpha(0);
    CHECK(by_name.model.widths() == std::array<std::int64_t, 5>{1, 32, 64, 1, 10});

    using ByKind = Pit<Cnn, Cost<Params>, NoRegularizer, Exclude<Kind::Linear>>;
    CHECK(trainable<ByKind>("0"));
    CHECK(!trainable<ByKind>("4"));
    CHECK(!trainable<ByKind>("9"));
    PruningLaw<ByKind> by_kind(4);
    by_kind.check_all(4);

    using Stem = Pit<DepthwiseSeparable, Cost<Params>, NoRegularizer, Exclude<"stem", "blocks.0">>;
    CHECK(!trainable<Stem>("stem.0"));
    CHECK(!trainable<Stem>("blocks.0.3"));
    CHECK(trainable<Stem>("blocks.1.3"));
    PruningLaw<Stem>(5).check_all(22);
}

TEST_CASE("RelaxedCost prices theta, the export counts what lives") {
    using Search = Pit<Nested, Cost<Params>, NoRegularizer, RelaxedCost>;
    PruningLaw<Search> law(6);
    law.check_all(6);
    const at::NoGradGuard no_grad;
    law.model.alpha.fill_(0.75);
    std::array<double, Search::space::groups> widths{};
    for (std::size_t g = 0; g < widths.size(); ++g) {
        const double width = plan<Nested>.groups[g].width;
        widths[g] = Search::space::analysis.trainable[g] ? 0.75 * (width - 1) + 1 : width;
    }
    CHECK(law.model.cost<Params>() == total_cost(Params, plan<Nested>, std::span<const double>(widths)));
    CHECK(law.model.exported().cost<Params>() == cost_of<Nested, Params>);
}

TEST_CASE_TEMPLATE("A search that has pruned nothing is the plain model, bit for bit", Net, Branches, Nested,
                   NormAfterAdd, NormAfterPool, Sigmoids, Grouped, Perceptron, Echo, Cnn, ResNet8) {
    Model<Net> plain;
    randomize(plain, 8);
    Model<Pit<Net, Cost<Params>>> search;
    search.load_weights(plain);
    for (const bool training : {false, true}) {
        CAPTURE(training);
        plain.train(training);
        search.train(training);
        const at::Tensor x = random_batch(plan<Net>[0].out(), 3);
        at::manual_seed(1);
        const at::Tensor expected = plain(x);
        at::manual_seed(1);
        const at::Tensor y = search(x);
        CHECK(at::equal(y, expected));
        const at::Tensor upstream = at::randn_like(y);
        y.backward(upstream);
        expected.backward(upstream);
        for (const auto& item : plain.named_parameters()) {
            CAPTURE(item.key());
            CHECK(difference(search.named_parameters()[item.key()].grad(), item.value().grad()) <= 1e-6);
        }
        for (const auto& item : plain.named_buffers())
            CHECK(at::equal(search.named_buffers()[item.key()], item.value()));
    }
}
