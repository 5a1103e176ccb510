// error: \[batch_norm\.2\] an option of batch norm
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/plan.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/batch_norm.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = BatchNorm2d::With<NoAffine>;
#else
using Case = BatchNorm2d::With<NoAffine, NoAffine>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
