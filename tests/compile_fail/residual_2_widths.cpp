// error: \[residual\.2\] body and shortcut of Residual
// SPDX-License-Identifier: Apache-2.0
// error: At<.*(Path\{"1", 1\}|\{49\b).*\{3, 8, 8.*\{16, 8, 8
#include <pliny/graph/add.hpp>
#include <pliny/graph/named.hpp>
#include <pliny/graph/plan.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/layers/relu.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Residual<Conv2d<16>, Conv2d<16>>;
#else
using Case = Residual<Conv2d<16>>;
#endif
struct Net : Network<Image<3, 8, 8>, Sequential<ReLU, Case>> {};
static_assert(plan<Net>.size() > 1);
