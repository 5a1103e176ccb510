// error: \[features\.1\] Features
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/plan.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/linear.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Features<8>;
#else
using Case = Features<0>;
#endif
struct Net : Network<Case, Linear<4>> {};
static_assert(plan<Net>.size() > 1);
