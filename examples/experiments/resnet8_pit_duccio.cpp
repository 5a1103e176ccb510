// SPDX-License-Identifier: Apache-2.0
// PIT under a DUCCIO limit: the widths of ResNet8 for 28x28 images; at most 25 % of its parameters.

#include <pliny/pliny.hpp>
#include <pliny/train/experiment.hpp>

using namespace pliny;

using Search = Pit<ResNet8At28, Cost<Params>, Duccio<Limit<Percent<25>>>>;

int main(int argc, char** argv) { return experiment<Search, FashionMnist, Mnist, NotMnist>(argc, argv); }
