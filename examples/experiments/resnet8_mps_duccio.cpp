// SPDX-License-Identifier: Apache-2.0
// Mixed precision under a DUCCIO limit: the bits of the weights of every layer of ResNet8At28; at most half
// of the weight bits of the network with 8 bits.

#include <pliny/pliny.hpp>
#include <pliny/train/experiment.hpp>

using namespace pliny;

using Search =
    Mps<ResNet8At28, Weights<2, 4, 8>, Activations<8>, PerLayer, Cost<ParamsBit>, Duccio<Limit<Percent<50>>>>;

int main(int argc, char** argv) { return experiment<Search, FashionMnist, Mnist, NotMnist>(argc, argv); }
