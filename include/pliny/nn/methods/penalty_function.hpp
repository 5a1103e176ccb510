// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/alive.hpp>
#include <pliny/nn/methods/alphas.hpp>

#include <torch/csrc/autograd/custom_function.h>

#include <span>
#include <vector>

namespace pliny {

/// A number that depends on the alphas through the widths of the groups, as one autograd node: `price(widths,
/// gradient)` gives the value and adds d(value)/d(widths[g]) to gradient[g]. `Relaxed`: widths are sums of
/// theta, else numbers of channels alive with the gradient of the sums.
template <class Space, bool Relaxed>
class PenaltyFunction : public torch::autograd::Function<PenaltyFunction<Space, Relaxed>> {
    using A = Alive<Space>;

public:
    template <class Price>
    static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& alpha,
                              const Price& price) {
        const std::vector<double> host = detail::read(alpha);
        const auto widths = A::widths(std::span<const double>(Relaxed ? A::thetas(host) : A::masks(host)));
        std::array<double, Space::groups> by_width{};
        const double value = price(std::span<const double>(widths), std::span<double>(by_width));
        std::vector<double> gradient(host.size());
        A::for_each_group(std::span(gradient), [&](std::size_t g, std::span<double> group) {
            std::fill(group.begin(), group.end(), by_width[g]);
        });
        A::through_theta(host, gradient);
        ctx->save_for_backward({detail::write(gradient, alpha)});
        return at::scalar_tensor(value, alpha.options());
    }
    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                   torch::autograd::variable_list upstream) {
        return {at::mul(ctx->get_saved_variables()[0], upstream[0]), at::Tensor{}};
    }
};

} // namespace pliny
