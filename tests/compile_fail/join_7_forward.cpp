// error: \[join\.7\] a join of your own needs a forward
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/joined_by.hpp>
#include <pliny/layers/identity.hpp>
#include <pliny/nn/model.hpp>

using namespace pliny;

struct Gate {
    static constexpr Facts facts(std::span<const Shape> inputs) { return elementwise_facts(inputs); }
    static std::string spelled() { return "Gate"; }
#ifdef PLINY_POSITIVE
    static at::Tensor forward(const at::Tensor& a, const at::Tensor& b) { return a * at::sigmoid(b); }
#else
    static at::Tensor forward(const at::Tensor& a) { return a; }
#endif
};
struct Net : Network<Features<3>, JoinedBy<Gate, Identity, Identity>> {};
at::Tensor y(Model<Net>& model) { return model.forward(at::ones({2, 3})); }
