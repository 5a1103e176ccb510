// SPDX-License-Identifier: Apache-2.0
// ResNet8 for 28x28 images, unpruned.

#include <pliny/pliny.hpp>
#include <pliny/train/experiment.hpp>

using namespace pliny;

int main(int argc, char** argv) { return experiment<ResNet8At28, FashionMnist, Mnist, NotMnist>(argc, argv); }
