// error: \[transformed\.1\] weights are transformed inside of a search
// SPDX-License-Identifier: Apache-2.0
#include <pliny/cost/params.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/nm_sparse.hpp>
#include <pliny/methods/pit.hpp>

using namespace pliny;

struct Net : Network<Image<4, 8, 8>, Sequential<Conv2d<8>, Conv2d<4>>> {};
#ifdef PLINY_POSITIVE
using Search = Pit<NmSparse<2, 4, Net>, Cost<Params>>;
#else
using Search = NmSparse<2, 4, Pit<Net, Cost<Params>>>;
#endif
static_assert(plan<typename Search::network>.size() == 3);
