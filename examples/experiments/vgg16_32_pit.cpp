// SPDX-License-Identifier: Apache-2.0
// PIT with the cost as an additional objective: the widths of Vgg16 at 32x32, in the setting of the report.

#include "report_setting.hpp"

#include <pliny/pliny.hpp>
#include <pliny/train/experiment.hpp>

using namespace pliny;

using Search = Pit<Vgg16At32, Cost<Params>, Strength<5e-8>>;

int main(int argc, char** argv) {
    return experiment<Search, FashionMnist, Mnist, NotMnist>(argc, argv, report_setting);
}
