// SPDX-License-Identifier: Apache-2.0
// The headers alone, without a precompiled one that brings more.
#include <pliny/pliny.hpp>

int main() {
    pliny::Model<pliny::Cnn> model;
    return model(at::zeros({2, 1, 28, 28})).size(1) == 10 ? 0 : 1;
}
