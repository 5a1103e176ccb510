// SPDX-License-Identifier: Apache-2.0
// SuperNet under a DUCCIO limit: the convolutions of ResNet8 for 28x28 images; at most a third of the MACs of
// its largest path.

#include <pliny/pliny.hpp>
#include <pliny/train/experiment.hpp>

using namespace pliny;

using Search = SuperNet<ResNet8ChoicesAt28, Cost<Params, Ops>, Duccio<Limit<Ops, Percent<33>>>>;

int main(int argc, char** argv) { return experiment<Search, FashionMnist, Mnist, NotMnist>(argc, argv); }
