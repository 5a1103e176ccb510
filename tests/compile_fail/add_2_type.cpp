// error: \[add\.2\] Add takes layers and blocks
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/add.hpp>
#include <pliny/graph/plan.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Add<Identity, Identity>;
#else
using Case = Add<Identity, int>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
