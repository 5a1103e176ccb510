// error: \[pool\.2\] the pooling kernel is larger
// SPDX-License-Identifier: Apache-2.0
// error: \{3, 8, 8.*\{9, 9
#include <pliny/graph/plan.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/max_pool2d.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = MaxPool2d<8>;
#else
using Case = MaxPool2d<9>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
