// SPDX-License-Identifier: Apache-2.0
// Mixed precision by channel under a DUCCIO limit: every channel of ResNet8At28 has 2, 4 or 8 bits or is
// pruned; at most 25 % of the weight bits of the network with 8 bits.

#include <pliny/pliny.hpp>
#include <pliny/train/experiment.hpp>

using namespace pliny;

using Search = Mps<ResNet8At28, Weights<0, 2, 4, 8>, Activations<8>, PerChannel, Cost<ParamsBit>,
                   Duccio<Limit<Percent<25>>>>;

int main(int argc, char** argv) { return experiment<Search, FashionMnist, Mnist, NotMnist>(argc, argv); }
