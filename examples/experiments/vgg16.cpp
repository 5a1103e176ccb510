// SPDX-License-Identifier: Apache-2.0
// Vgg16 at 224x224, in the setting of the report, unpruned.

#include "report_setting.hpp"

#include <pliny/pliny.hpp>
#include <pliny/train/experiment.hpp>

using namespace pliny;

int main(int argc, char** argv) {
    return experiment<Vgg16, FashionMnist, Mnist, NotMnist>(argc, argv, report_setting);
}
