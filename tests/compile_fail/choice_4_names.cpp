// error: \[choice\.4\] two alternatives of Choice have
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/choice.hpp>
#include <pliny/graph/named.hpp>
#include <pliny/graph/plan.hpp>
#include <pliny/layers/conv2d.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Choice<Named<"a", Conv2d<4>>, Named<"b", Conv2d<4>>>;
#else
using Case = Choice<Named<"a", Conv2d<4>>, Named<"a", Conv2d<4>>>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
