// SPDX-License-Identifier: Apache-2.0
// PIT under a DUCCIO limit: the widths of Cnn, at most 25 % of its parameters, on FashionMNIST.

#include <pliny/pliny.hpp>
#include <pliny/train/experiment.hpp>

using Search =
    pliny::Pit<pliny::Cnn, pliny::Cost<pliny::Params>, pliny::Duccio<pliny::Limit<pliny::Percent<25>>>>;

int main(int argc, char** argv) { return pliny::experiment<Search, pliny::FashionMnist>(argc, argv); }
