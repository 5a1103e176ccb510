// error: \[pool\.1\] pooling needs an image
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/plan.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/flatten.hpp>
#include <pliny/layers/max_pool2d.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Sequential<MaxPool2d<2>, Flatten>;
#else
using Case = Sequential<Flatten, MaxPool2d<2>>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
