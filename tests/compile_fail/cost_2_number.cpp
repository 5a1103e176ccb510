// error: \[cost\.2\] not a cost: it needs
// SPDX-License-Identifier: Apache-2.0
#include <pliny/cost/concept.hpp>
#include <pliny/cost/params.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Cost<Params>;
#else
using Case = Cost<3>;
#endif
static_assert(Case::size == 1);
