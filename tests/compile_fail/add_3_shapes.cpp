// error: \[add\.3\] the branches of Add give
// SPDX-License-Identifier: Apache-2.0
// error: \{5, 8, 8.*\{4, 8, 8
#include <pliny/graph/add.hpp>
#include <pliny/graph/plan.hpp>
#include <pliny/layers/conv2d.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Add<Conv2d<4>, Conv2d<4>>;
#else
using Case = Add<Conv2d<4>, Conv2d<5>>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
