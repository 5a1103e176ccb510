// error: \[conv2d\.5\] Conv2d needs an image
// SPDX-License-Identifier: Apache-2.0
// error: ("1"|49, 0).*\{192
#include <pliny/graph/plan.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/layers/flatten.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Sequential<Conv2d<4>, Flatten>;
#else
using Case = Sequential<Flatten, Conv2d<4>>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
