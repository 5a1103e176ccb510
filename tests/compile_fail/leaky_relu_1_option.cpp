// error: \[leaky_relu\.1\] LeakyReLU takes one option: NegativeSlope
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/plan.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/leaky_relu.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = LeakyReLU::With<NegativeSlope<0.1>>;
#else
using Case = LeakyReLU::With<NoBias>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
