// error: \[nm_sparse\.1\] NmSparse<N, M, ...> keeps N of every M weights
// SPDX-License-Identifier: Apache-2.0
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/nm_sparse.hpp>

using namespace pliny;

struct Net : Network<Image<4, 8, 8>, Conv2d<4>> {};
#ifdef PLINY_POSITIVE
using Case = NmSparse<2, 4, Net>;
#else
using Case = NmSparse<4, 2, Net>;
#endif
static_assert(plan<Case>.size() == 2);
