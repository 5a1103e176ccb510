// error: \[repeat\.1\] Repeat
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/named.hpp>
#include <pliny/graph/plan.hpp>
#include <pliny/graph/repeat.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Repeat<1, Conv2d<4>>;
#else
using Case = Repeat<0, Conv2d<4>>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
