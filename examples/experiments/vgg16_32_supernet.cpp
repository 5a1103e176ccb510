// SPDX-License-Identifier: Apache-2.0
// SuperNet with the cost as an additional objective: the convolutions of Vgg16 at 32x32, in the setting of
// the report.

#include "report_setting.hpp"

#include <pliny/pliny.hpp>
#include <pliny/train/experiment.hpp>

using namespace pliny;

using Search = SuperNet<Vgg16ChoicesAt32, Cost<Params, Ops>, Strength<5e-10, Ops>>;

int main(int argc, char** argv) {
    return experiment<Search, FashionMnist, Mnist, NotMnist>(argc, argv, report_setting);
}
