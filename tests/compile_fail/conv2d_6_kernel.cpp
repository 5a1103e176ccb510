// error: \[conv2d\.6\] the kernel is larger than
// SPDX-License-Identifier: Apache-2.0
// error: ("stem"|115, 116, 101, 109).*\{3, 3, 3.*\{5, 5
#include <pliny/graph/named.hpp>
#include <pliny/graph/plan.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Sequential<Named<"stem", Conv2d<4, Kernel<5>, Padding<1>>>>;
#else
using Case = Sequential<Named<"stem", Conv2d<4, Kernel<5>>>>;
#endif
struct Net : Network<Image<3, 3, 3>, Case> {};
static_assert(plan<Net>.size() > 1);
