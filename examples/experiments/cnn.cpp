// SPDX-License-Identifier: Apache-2.0
// Cnn, unpruned.

#include <pliny/pliny.hpp>
#include <pliny/train/experiment.hpp>

using namespace pliny;

int main(int argc, char** argv) { return experiment<Cnn, FashionMnist, Mnist, NotMnist>(argc, argv); }
