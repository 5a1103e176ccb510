// SPDX-License-Identifier: Apache-2.0
// Mixed precision under a DUCCIO limit: the bits, 8 or 16, of weights and activations of Vgg16 at 224x224, in
// the setting of the report; at most three quarters of the weight bits of the network with 16 bits, of which
// half is the least that there is.

#include "report_setting.hpp"

#include <pliny/pliny.hpp>
#include <pliny/train/experiment.hpp>

using namespace pliny;

using Search =
    Mps<Vgg16, Weights<8, 16>, Activations<8, 16>, PerLayer, Cost<ParamsBit>, Duccio<Limit<Percent<75>>>>;

int main(int argc, char** argv) {
    return experiment<Search, FashionMnist, Mnist, NotMnist>(argc, argv, report_setting);
}
