// error: \[batch_norm\.4\] BatchNorm2d needs an image as
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/plan.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/batch_norm.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
using Case = BatchNorm1d;
#else
using Case = BatchNorm2d;
#endif
struct Net : Network<Features<8>, Case> {};
static_assert(plan<Net>.size() > 1);
