// error: \[named\.2\] the name of a block
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/named.hpp>
#include <pliny/graph/plan.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Named<"a", Named<"b", Conv2d<4>>>;
#else
using Case = Named<"a.b", Conv2d<4>>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
