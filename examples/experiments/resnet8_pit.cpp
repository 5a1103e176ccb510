// SPDX-License-Identifier: Apache-2.0
// PIT with the cost as an additional objective: the widths of ResNet8 for 28x28 images.

#include <pliny/pliny.hpp>
#include <pliny/train/experiment.hpp>

using namespace pliny;

using Search = Pit<ResNet8At28, Cost<Params>, Strength<1e-6>>;

int main(int argc, char** argv) { return experiment<Search, FashionMnist, Mnist, NotMnist>(argc, argv); }
