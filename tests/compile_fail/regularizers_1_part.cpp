// error: \[regularizers\.1\] Regularizers<...> takes
// SPDX-License-Identifier: Apache-2.0
#include <pliny/cost/params.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/pit.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Regularizers<Duccio<Limit<100>>, Strength<1e-3>>;
#else
using Case = Regularizers<Duccio<Limit<100>>, Limit<200>>;
#endif
struct Net : Network<Image<3, 8, 8>, Sequential<Conv2d<16>, Conv2d<4>>> {};
static_assert(sizeof(Pit<Net, Cost<Params>, Case>) > 0);
