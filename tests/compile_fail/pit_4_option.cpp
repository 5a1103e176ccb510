// error: \[pit\.4\] Pit does not know one
// SPDX-License-Identifier: Apache-2.0
#include <pliny/cost/params.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/pit.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = RelaxedCost;
#else
using Case = NoBias;
#endif
struct Net : Network<Image<3, 8, 8>, Sequential<Conv2d<16>, Conv2d<4>>> {};
static_assert(Pit<Net, Cost<Params>, NoRegularizer, Case>::limits.empty());
