// SPDX-License-Identifier: Apache-2.0
// Mixed precision by channel with the cost as an additional objective: every channel of Vgg16 at 224x224 has
// 2, 4 or 8 bits or is pruned, in the setting of the report.

#include "report_setting.hpp"

#include <pliny/pliny.hpp>
#include <pliny/train/experiment.hpp>

using namespace pliny;

using Search = Mps<Vgg16, Weights<0, 2, 4, 8>, Activations<8>, PerChannel, Cost<ParamsBit>, Strength<5e-9>>;

int main(int argc, char** argv) {
    return experiment<Search, FashionMnist, Mnist, NotMnist>(argc, argv, report_setting);
}
