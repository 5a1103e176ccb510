// error: \[model\.1\] Model takes a network
// SPDX-License-Identifier: Apache-2.0
#include <pliny/layers/conv2d.hpp>
#include <pliny/nn/model.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
struct Net : Network<Image<3, 8, 8>, Conv2d<4>> {};
#else
struct Net {};
#endif
static_assert(sizeof(Model<Net>) > 1);
