// SPDX-License-Identifier: Apache-2.0
// PIT under a DUCCIO limit: the widths of Vgg16 at 32x32, in the setting of the report; at most 25 % of its
// parameters.

#include "report_setting.hpp"

#include <pliny/pliny.hpp>
#include <pliny/train/experiment.hpp>

using namespace pliny;

using Search = Pit<Vgg16At32, Cost<Params>, Duccio<Limit<Percent<25>>>>;

int main(int argc, char** argv) {
    return experiment<Search, FashionMnist, Mnist, NotMnist>(argc, argv, report_setting);
}
