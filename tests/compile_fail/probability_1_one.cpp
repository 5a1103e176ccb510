// error: \[probability\.1\] Probability lies in
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/plan.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/dropout.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Dropout::With<Probability<0.9>>;
#else
using Case = Dropout::With<Probability<1>>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
