// error: \[cost\.4\] cost
// SPDX-License-Identifier: Apache-2.0
#include <pliny/cost/params.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/nn/methods/pit.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
constexpr auto metric = Params;
#else
constexpr int metric = 3;
#endif
struct Net : Network<Image<3, 8, 8>, Sequential<Conv2d<4>, Conv2d<2>>> {};
double price(const Model<Pit<Net, Cost<Params>>>& model) { return model.cost<metric>(); }
