// error: \[concat\.3\] the branches of Concat differ
// SPDX-License-Identifier: Apache-2.0
// error: \{4, 4, 4.*\{4, 8, 8
#include <pliny/graph/concat.hpp>
#include <pliny/graph/plan.hpp>
#include <pliny/layers/conv2d.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Concat<Conv2d<4>, Conv2d<5>>;
#else
using Case = Concat<Conv2d<4>, Conv2d<4, Stride<2>>>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
