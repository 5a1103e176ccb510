// error: \[layer\.2\] a layer of your own has weights
// SPDX-License-Identifier: Apache-2.0
#include <pliny/layers/linear.hpp>
#include <pliny/nn/model.hpp>

using namespace pliny;

struct Squared {
    static constexpr Facts facts(const Shape& in) {
        Facts facts = Linear<4>::facts(in);
        facts.kind = Kind::Custom;
        return facts;
    }
    static std::string spelled(std::int64_t width) { return "Squared<" + std::to_string(width) + ">"; }
#ifdef PLINY_POSITIVE
    static at::Tensor forward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
        return at::linear(x * x, weight, bias);
    }
#else
    static at::Tensor forward(const at::Tensor& x) { return x * x; }
#endif
};
struct Net : Network<Features<3>, Squared> {};
at::Tensor y(Model<Net>& model) { return model.forward(at::ones({2, 3})); }
