// error: \[duccio\.4\] Gain is given twice; keep
// SPDX-License-Identifier: Apache-2.0
#include <pliny/cost/params.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/pit.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Duccio<Limit<100>, Gain<1>>;
#else
using Case = Duccio<Limit<100>, Gain<1>, Gain<2>>;
#endif
struct Net : Network<Image<3, 8, 8>, Sequential<Conv2d<16>, Conv2d<4>>> {};
using Search = Pit<Net, Cost<Params>, Case>;
static_assert(Search::limits.size() == 1);
