// error: \[cost\.1\] Cost
// SPDX-License-Identifier: Apache-2.0
#include <pliny/cost/concept.hpp>
#include <pliny/cost/params.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Cost<Params>;
#else
using Case = Cost<>;
#endif
static_assert(Case::size == 1);
