// SPDX-License-Identifier: Apache-2.0
// The headers alone, without a precompiled one that brings more; one program with with_torch_too.cpp.
#include <ATen/detail/CUDAHooksInterface.h>
#include <pliny/pliny.hpp>

long long params_seen_by_the_other_file();

int main() {
    pliny::Model<pliny::Cnn> model;
    if (model(at::zeros({2, 1, 28, 28})).size(1) != 10)
        return 1;
    if (params_seen_by_the_other_file() != pliny::cost_of<pliny::Cnn, pliny::Params>)
        return 2;
    // Without PLINY_CUDA a program has no CUDA, whatever LibTorch was built for.
    return at::CUDAHooksRegistry()->Has("CUDAHooks") ? 3 : 0;
}
