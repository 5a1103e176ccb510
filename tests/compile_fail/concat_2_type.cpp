// error: \[concat\.2\] Concat takes layers and blocks
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/concat.hpp>
#include <pliny/graph/plan.hpp>
#include <pliny/layers/identity.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Concat<Identity, Identity>;
#else
using Case = Concat<Identity, int>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
