// SPDX-License-Identifier: Apache-2.0
// SuperNet under a DUCCIO limit: the convolutions of Vgg16 at 32x32, in the setting of the report; at most a
// third of the MACs of its largest path.

#include "report_setting.hpp"

#include <pliny/pliny.hpp>
#include <pliny/train/experiment.hpp>

using namespace pliny;

using Search = SuperNet<Vgg16ChoicesAt32, Cost<Params, Ops>, Duccio<Limit<Ops, Percent<33>>>>;

int main(int argc, char** argv) {
    return experiment<Search, FashionMnist, Mnist, NotMnist>(argc, argv, report_setting);
}
