// error: \[transformed\.7\] a transform of weights needs a forward
// SPDX-License-Identifier: Apache-2.0
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/transformed.hpp>
#include <pliny/nn/model.hpp>

using namespace pliny;

struct Net : Network<Image<4, 8, 8>, Conv2d<4>> {};
struct Own {
    static constexpr int multiple = 1;
    static constexpr bool applies(const Facts&, const Shape&) { return true; }
    static constexpr Density density(const Facts&, const Shape&) { return {}; }
    static std::string spelled() { return "Own"; }
#ifdef PLINY_POSITIVE
    static at::Tensor forward(const at::Tensor& weight) { return weight; }
#else
    static void forward(const at::Tensor&) {}
#endif
};
at::Tensor y(Model<Transformed<Net, Own>>& model) { return model.forward(at::ones({2, 4, 8, 8})); }
