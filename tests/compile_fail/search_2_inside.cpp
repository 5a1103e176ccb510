// error: \[search\.2\] Cost, a regularizer, a sampling or Temperature is told
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/choice.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/pit.hpp>

using namespace pliny;

struct Net
    : Network<Image<3, 8, 8>, Sequential<Choice<Conv2d<16>, Conv2d<16, Kernel<3>, Padding<1>>>, Conv2d<4>>> {
};
#ifdef PLINY_POSITIVE
using Case = SuperNet<Net, Gumbel, Temperature<5, 0.1>>;
#else
using Case = SuperNet<Net, Cost<Params>>;
#endif
using Search = Pit<Case, Cost<Params>>;
static_assert(Search::limits.empty());
