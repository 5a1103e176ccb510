// error: \[temperature\.1\] Temperature must be positive
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/choice.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/super_net.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Temperature<5, 0.1>;
#else
using Case = Temperature<5, 0>;
#endif
struct Net : Network<Image<3, 8, 8>, Choice<Conv2d<4>, Conv2d<4, Kernel<3>, Padding<1>>>> {};
using Search = SuperNet<Net, Case>;
static_assert(Search::limits.empty());
