// SPDX-License-Identifier: Apache-2.0
// SuperNet with the cost as an additional objective: the convolutions of Vgg16 at 224x224, in the setting of
// the report.

#include "report_setting.hpp"

#include <pliny/pliny.hpp>
#include <pliny/train/experiment.hpp>

using namespace pliny;

using Search = SuperNet<Vgg16Choices, Cost<Params, Ops>, Strength<1e-11, Ops>>;

int main(int argc, char** argv) {
    return experiment<Search, FashionMnist, Mnist, NotMnist>(argc, argv, report_setting);
}
