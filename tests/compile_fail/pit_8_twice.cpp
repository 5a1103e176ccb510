// error: \[pit\.8\] Pit is told one thing twice
// SPDX-License-Identifier: Apache-2.0
#include <pliny/cost/ops.hpp>
#include <pliny/cost/params.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/pit.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Cost<Params, Ops>;
#else
using Case = Cost<Params>;
#endif
struct Net : Network<Image<3, 8, 8>, Sequential<Conv2d<16>, Conv2d<4>>> {};
#ifdef PLINY_POSITIVE
using Search = Pit<Net, Case>;
#else
using Search = Pit<Net, Cost<Ops>, Case>;
#endif
static_assert(Search::limits.empty());
