// error: \[sequential\.1\] Sequential takes layers and blocks
// SPDX-License-Identifier: Apache-2.0
// error: WrongChild<1, pliny::ReLU ?\(\), pliny::Joining::Sequential>
#include <pliny/graph/plan.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/layers/relu.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Sequential<Conv2d<4>, ReLU>;
#else
using Case = Sequential<Conv2d<4>, ReLU()>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
