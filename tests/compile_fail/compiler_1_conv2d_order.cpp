// error: type/value mismatch at argument 2 .*OutChannels, class ... Options.*Conv2d|template argument for template type parameter must be a type
// SPDX-License-Identifier: Apache-2.0
// PyTorch's order. Words of our own cannot stand here: C++20 has no parameter that is a number or a type.
// What the compiler prints names the parameters, so these say what is meant.
#include <pliny/graph/plan.hpp>
#include <pliny/layers/conv2d.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
struct Net : Network<Image<3, 8, 8>, Conv2d<16, Kernel<3>>> {};
#else
struct Net : Network<Image<3, 8, 8>, Conv2d<3, 16, Kernel<3>>> {};
#endif
static_assert(plan<Net>.size() > 1);
