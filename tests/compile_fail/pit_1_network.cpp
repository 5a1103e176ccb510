// error: \[pit\.1\] the first argument of Pit
// SPDX-License-Identifier: Apache-2.0
#include <pliny/cost/params.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/pit.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
struct Net : Network<Image<3, 8, 8>, Sequential<Conv2d<16>, Conv2d<4>>> {};
#else
struct Net : Sequential<Conv2d<16>, Conv2d<4>> {};
#endif
static_assert(Pit<Net, Cost<Params>>::limits.empty());
