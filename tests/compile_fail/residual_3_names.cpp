// error: \[residual\.3\] two children of Residual have
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/add.hpp>
#include <pliny/graph/named.hpp>
#include <pliny/graph/plan.hpp>
#include <pliny/layers/conv2d.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Residual<Named<"branch", Conv2d<3>>>;
#else
using Case = Residual<Named<"shortcut", Conv2d<3>>>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
