// error: \[duccio\.5\] the limit lies below the
// SPDX-License-Identifier: Apache-2.0
// error: LimitCheck<.*, 11, 12, 132, false>
#include <pliny/cost/params.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/pit.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Duccio<Limit<12>>;
#else
using Case = Duccio<Limit<11>>;
#endif
struct Net : Network<Image<3, 8, 8>, Sequential<Conv2d<16>, Conv2d<4>>> {};
using Search = Pit<Net, Cost<Params>, Case>;
static_assert(Search::limits.size() == 1);
