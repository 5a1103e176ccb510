// SPDX-License-Identifier: Apache-2.0
// Joins that the library does not know: run, chosen among, pruned, exported, saved, written as C++.
#include <pliny/pliny.hpp>

#include "support/joins.hpp"
#include "support/temporary_folder.hpp"
#include "support/tensors.hpp"

#include <doctest/doctest.h>

using namespace pliny;
using namespace pliny::testing;

namespace {

using Gate = JoinedBy<GatedProduct, Conv2d<6>, Named<"gate", Sequential<Conv2d<6>, BatchNorm2d>>>;
struct Gates : Network<Image<2, 6, 6>,
                       Sequential<Conv2d<8, Kernel<3>>, ReLU, Choice<Gate, Conv2d<6>>,
                                  JoinedBy<MeanPlusOne, Identity, Tanh, Conv2d<6>>, Flatten, Linear<3>>> {};
using GateSearch = Pit<SuperNet<Gates>, Cost<Params>>;

struct Three : Network<Features<4>, JoinedBy<MeanPlusOne, Identity, Sigmoid, Tanh>> {};
struct Two : Network<Features<4>, JoinedBy<GatedProduct, Identity, Tanh>> {};

} // namespace

TEST_CASE("joins of the user's own take a tensor for each branch, or all of them") {
    const at::Tensor x = at::randn({3, 4});
    Model<Two> two;
    Model<Three> three;
    CHECK(at::equal(two(x), x * at::sigmoid(at::tanh(x))));
    CHECK(at::allclose(three(x), (x + at::sigmoid(x) + at::tanh(x)) / 3 + 1));
}

TEST_CASE("a network with joins of the user's own is spelled as it was described") {
    CHECK(spelled_network<Gates>() ==
          "Network<Image<2, 6, 6>, Sequential<Conv2d<8, Kernel<3>>, ReLU, Choice<JoinedBy<GatedProduct, "
          "Conv2d<6>, Named<\"gate\", Sequential<Conv2d<6>, BatchNorm2d>>>, Conv2d<6>>, "
          "JoinedBy<MeanPlusOne, Identity, Tanh, Conv2d<6>>, Flatten, Linear<3>>>");
    CHECK(spelled_alternatives<Gates>()[0][0] ==
          "JoinedBy<GatedProduct, Conv2d<6>, Named<\"gate\", Sequential<Conv2d<6>, BatchNorm2d>>>");
    CHECK(describe<Gates>().find("2.0.gate.0") != std::string::npos);
}

TEST_CASE("joins of the user's own go through a search of choices and widths") {
    const at::Tensor x = at::randn({4, 2, 6, 6});
    const TemporaryFolder folder;
    for (const int chosen : {0, 1}) {
        CAPTURE(chosen);
        Model<GateSearch> model;
        randomize(model, 3);
        {
            const at::NoGradGuard no_grad;
            model.alpha.uniform_(0, 1);
            model.alpha[GateSearch::space::first_choice_alpha + chosen] = 5;
        }
        model.train();
        at::Tensor y = model(x);
        y.square().sum().backward();
        CHECK(model.alpha.grad().abs().sum().item<double>() > 0);

        Exported<Gates> found = model.exported();
        CHECK(found.chosen()[0] == chosen);
        CHECK(found.widths()[2] < 6);
        model.eval();
        found.eval();
        CHECK(at::allclose(found(x), model(x), 1e-5, 1e-5));
        save(found, folder / "gates.safetensors");
        Exported<Gates> loaded = load<Gates>(folder / "gates.safetensors");
        loaded.eval();
        CHECK(at::equal(loaded(x), found(x)));
        CHECK(found_header(found, "Found").find("JoinedBy<MeanPlusOne") != std::string::npos);
        CHECK((spelled_found(found).find("JoinedBy<GatedProduct") != std::string::npos) == (chosen == 0));
    }
}
