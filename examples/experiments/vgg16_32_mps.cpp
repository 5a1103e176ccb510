// SPDX-License-Identifier: Apache-2.0
// Mixed precision with the cost as an additional objective: the bits of the weights of every layer of
// Vgg16At32, in the setting of the report.

#include "report_setting.hpp"

#include <pliny/pliny.hpp>
#include <pliny/train/experiment.hpp>

using namespace pliny;

using Search = Mps<Vgg16At32, Weights<2, 4, 8>, Activations<8>, PerLayer, Cost<ParamsBit>, Strength<5e-9>>;

int main(int argc, char** argv) {
    return experiment<Search, FashionMnist, Mnist, NotMnist>(argc, argv, report_setting);
}
