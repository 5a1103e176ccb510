// error: \[epsilon\.1\] Epsilon must be positive
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/plan.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/batch_norm.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = BatchNorm2d::With<Epsilon<1e-3>>;
#else
using Case = BatchNorm2d::With<Epsilon<0>>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
