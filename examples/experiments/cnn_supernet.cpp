// SPDX-License-Identifier: Apache-2.0
// SuperNet with the cost as an additional objective: the convolutions of Cnn.

#include <pliny/pliny.hpp>
#include <pliny/train/experiment.hpp>

using namespace pliny;

using Search = SuperNet<CnnChoices, Cost<Params, Ops>, Strength<1e-8, Ops>>;

int main(int argc, char** argv) { return experiment<Search, FashionMnist, Mnist, NotMnist>(argc, argv); }
