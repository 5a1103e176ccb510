// SPDX-License-Identifier: Apache-2.0
// The exported network computes what the masked one computes, for every network and any alphas.
#include <pliny/core.hpp>

#include "support/networks.hpp"
#include "support/pruning_law.hpp"

using namespace pliny;
using namespace pliny::testing;

TEST_CASE_TEMPLATE("Pruned is masked", Net, Branches, DepthwiseSeparable, Nested, NormAfterAdd, NormAfterPool,
                   Sigmoids, Grouped, Perceptron, Echo, WithOwnLayer, WithOwnJoins, Cnn, ResNet8) {
    PruningLaw<Pit<Net, Cost<Params>>> law(1);
    law.check_all(22);
}

TEST_CASE("Pruned is masked: Vgg16") {
    PruningLaw<Pit<SmallVgg16, Cost<Params>>> law(1, 1);
    law.model.eval();
    for (int setting : {0, 2, 9}) {
        CAPTURE(setting);
        law.set_alpha(setting);
        law.check_kept();
        law.check_exported();
    }
}
