// error: \[residual\.1\] Residual
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/add.hpp>
#include <pliny/graph/named.hpp>
#include <pliny/graph/plan.hpp>
#include <pliny/layers/conv2d.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Residual<Conv2d<3>>;
#else
using Case = Residual<int>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
