// error: \[transformed\.2\] what is transformed are the weights of a network
// SPDX-License-Identifier: Apache-2.0
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/nm_sparse.hpp>

using namespace pliny;

struct Net : Network<Image<4, 8, 8>, Conv2d<4>> {};
#ifdef PLINY_POSITIVE
using Case = NmSparse<2, 4, Net>;
#else
using Case = NmSparse<2, 4, Conv2d<4>>;
#endif
static_assert(plan<Case>.size() == 2);
