// SPDX-License-Identifier: Apache-2.0
// The headers alone, without a precompiled one that brings more. With with_torch_too.cpp it makes one program.
#include <ATen/detail/CUDAHooksInterface.h>
#include <pliny/pliny.hpp>

at::Tensor outputs_of_the_other_file(pliny::Model<pliny::Cnn>& model, const at::Tensor& images);

int main() {
    pliny::Model<pliny::Cnn> model;
    const at::Tensor images = at::zeros({2, 1, 28, 28});
    if (model(images).size(1) != 10)
        return 1;
    model.eval();
    if (!at::equal(model(images), outputs_of_the_other_file(model, images)))
        return 2;
    // Without PLINY_CUDA a program has no CUDA, whatever LibTorch was built for.
    return at::CUDAHooksRegistry()->Has("CUDAHooks") ? 3 : 0;
}
