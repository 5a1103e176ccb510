// SPDX-License-Identifier: Apache-2.0
// Cnn, unpruned.

#include <pliny/datasets/fashion_mnist.hpp>
#include <pliny/datasets/mnist.hpp>
#include <pliny/datasets/not_mnist.hpp>
#include <pliny/train/experiment.hpp>

using namespace pliny;

int main(int argc, char** argv) { return experiment<Cnn, FashionMnist, Mnist, NotMnist>(argc, argv); }
