// error: \[model\.2\] a network with Choice needs
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/choice.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/nn/model.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = Conv2d<4>;
#else
using Case = Choice<Conv2d<4>, Conv2d<4, NoBias>>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(sizeof(Model<Net>) > 1);
