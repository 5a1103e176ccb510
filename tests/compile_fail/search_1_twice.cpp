// error: \[search\.1\] a search stands twice in itself
// SPDX-License-Identifier: Apache-2.0
#include <pliny/cost/params.hpp>
#include <pliny/graph/choice.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/pit.hpp>

using namespace pliny;

struct Net
    : Network<Image<3, 8, 8>, Sequential<Choice<Conv2d<16>, Conv2d<16, Kernel<3>, Padding<1>>>, Conv2d<4>>> {
};
#ifdef PLINY_POSITIVE
using Case = SuperNet<Net>;
#else
using Case = Pit<SuperNet<Net>>;
#endif
using Search = Pit<Case, Cost<Params>>;
static_assert(Search::limits.empty());
