// SPDX-License-Identifier: Apache-2.0
// SuperNet under a DUCCIO limit: the convolutions of Cnn; at most half of the MACs of its largest path.

#include <pliny/pliny.hpp>
#include <pliny/train/experiment.hpp>

using namespace pliny;

using Search = SuperNet<CnnChoices, Cost<Params, Ops>, Duccio<Limit<Ops, Percent<50>>>>;

int main(int argc, char** argv) { return experiment<Search, FashionMnist, Mnist, NotMnist>(argc, argv); }
