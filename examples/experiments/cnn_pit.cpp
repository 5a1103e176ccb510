// SPDX-License-Identifier: Apache-2.0
// PIT with the cost as an additional objective: the widths of Cnn.

#include <pliny/pliny.hpp>
#include <pliny/train/experiment.hpp>

using namespace pliny;

using Search = Pit<Cnn, Cost<Params>, Strength<1e-6>>;

int main(int argc, char** argv) { return experiment<Search, FashionMnist, Mnist, NotMnist>(argc, argv); }
