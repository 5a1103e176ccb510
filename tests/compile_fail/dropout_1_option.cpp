// error: \[dropout\.1\] Dropout takes one option: Probability
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/plan.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/dropout.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Dropout::With<Probability<0.2>>;
#else
using Case = Dropout::With<NoBias>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
