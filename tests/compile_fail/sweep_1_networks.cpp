// error: \[sweep\.1\] the searches of a Sweep are of one network
// SPDX-License-Identifier: Apache-2.0
#include <pliny/core.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Other = Cnn;
#else
using Other = ResNet8;
#endif
static_assert(sizeof(Sweep<Pit<Cnn, Cost<Params>>, Pit<Other, Cost<Params>>>) > 0);
