// error: \[network\.1\] not a network: write struct
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/plan.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
struct Net : Network<Image<3, 8, 8>, Conv2d<4>> {};
#else
struct Net : Sequential<Conv2d<4>> {};
#endif
static_assert(plan<Net>.size() > 0);
