// SPDX-License-Identifier: Apache-2.0
// Mixed precision with the cost as an additional objective: the bits, 8 or 16, of weights and activations of
// Vgg16 at 224x224, in the setting of the report.

#include "report_setting.hpp"

#include <pliny/pliny.hpp>
#include <pliny/train/experiment.hpp>

using namespace pliny;

using Search = Mps<Vgg16, Weights<8, 16>, Activations<8, 16>, PerLayer, Cost<ParamsBit>, Strength<5e-9>>;

int main(int argc, char** argv) {
    return experiment<Search, FashionMnist, Mnist, NotMnist>(argc, argv, report_setting);
}
