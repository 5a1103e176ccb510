// error: \[linear\.1\] Linear needs a positive number
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/plan.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/linear.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Linear<4>;
#else
using Case = Linear<0>;
#endif
struct Net : Network<Features<8>, Case> {};
static_assert(plan<Net>.size() > 1);
