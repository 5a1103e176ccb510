// error: type/value mismatch at argument 1 .*KernelSize.*MaxPool2d|template argument for non-type template parameter must be an expression
// SPDX-License-Identifier: Apache-2.0
// As compiler_1_conv2d_order.cpp: the size of a pooling kernel is a number.
#include <pliny/graph/plan.hpp>
#include <pliny/layers/max_pool2d.hpp>

using namespace pliny;

#ifdef PLINY_POSITIVE
struct Net : Network<Image<3, 8, 8>, MaxPool2d<2>> {};
#else
struct Net : Network<Image<3, 8, 8>, MaxPool2d<Kernel<2>>> {};
#endif
static_assert(plan<Net>.size() > 1);
