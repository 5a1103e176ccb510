// SPDX-License-Identifier: Apache-2.0
// Mixed precision with the cost as an additional objective: the bits of the weights of every layer of Cnn.

#include <pliny/pliny.hpp>
#include <pliny/train/experiment.hpp>

using namespace pliny;

using Search = Mps<Cnn, Weights<2, 4, 8>, Activations<8>, PerLayer, Cost<ParamsBit>, Strength<1e-7>>;

int main(int argc, char** argv) { return experiment<Search, FashionMnist, Mnist, NotMnist>(argc, argv); }
