// SPDX-License-Identifier: Apache-2.0
// Mixed precision with the cost as an additional objective: the bits of the weights of every layer of
// ResNet8At28.

#include <pliny/pliny.hpp>
#include <pliny/train/experiment.hpp>

using namespace pliny;

using Search = Mps<ResNet8At28, Weights<2, 4, 8>, Activations<8>, PerLayer, Cost<ParamsBit>, Strength<5e-7>>;

int main(int argc, char** argv) { return experiment<Search, FashionMnist, Mnist, NotMnist>(argc, argv); }
