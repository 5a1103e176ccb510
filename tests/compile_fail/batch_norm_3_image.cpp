// error: \[batch_norm\.3\] BatchNorm1d needs a vector as
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/plan.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/batch_norm.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = BatchNorm2d;
#else
using Case = BatchNorm1d;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
