// error: \[cost\.3\] cost_of
// SPDX-License-Identifier: Apache-2.0
#include <pliny/cost/concept.hpp>
#include <pliny/cost/params.hpp>
#include <pliny/graph/plan.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
constexpr auto metric = Params;
#else
constexpr int metric = 3;
#endif
struct Net : Network<Image<3, 8, 8>, Conv2d<4>> {};
static_assert(cost_of<Net, metric> >= 0);
