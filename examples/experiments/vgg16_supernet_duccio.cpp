// SPDX-License-Identifier: Apache-2.0
// SuperNet under a DUCCIO limit: the convolutions of Vgg16 at 224x224, in the setting of the report; at most
// a third of the MACs of its largest path, which is about what Vgg16 takes.

#include "report_setting.hpp"

#include <pliny/pliny.hpp>
#include <pliny/train/experiment.hpp>

using namespace pliny;

using Search = SuperNet<Vgg16Choices, Cost<Params, Ops>, Duccio<Limit<Ops, Percent<33>>>>;

int main(int argc, char** argv) {
    return experiment<Search, FashionMnist, Mnist, NotMnist>(argc, argv, report_setting);
}
