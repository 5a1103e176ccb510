// error: \[transformed\.4\] Exclude names a layer that the network does not have
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/named.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/nm_sparse.hpp>

using namespace pliny;

struct Net : Network<Image<4, 8, 8>, Named<"first", Conv2d<4>>> {};
#ifdef PLINY_POSITIVE
using Case = NmSparse<2, 4, Net, Exclude<"first">>;
#else
using Case = NmSparse<2, 4, Net, Exclude<"last">>;
#endif
static_assert(plan<Case>.size() == 2);
