// error: \[add\.4\] two children of Add have
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/add.hpp>
#include <pliny/graph/named.hpp>
#include <pliny/graph/plan.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Add<Named<"a", Identity>, Named<"b", Identity>>;
#else
using Case = Add<Named<"a", Identity>, Named<"a", Identity>>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
