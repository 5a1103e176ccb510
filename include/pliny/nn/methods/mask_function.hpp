// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/alive.hpp>
#include <pliny/nn/layers/tensors.hpp>
#include <pliny/nn/methods/alphas.hpp>

#include <torch/csrc/autograd/custom_function.h>

#include <vector>

namespace pliny {

/// One autograd node per step makes everything that a masked model needs of its alphas: for each site, in
/// order of rows, scale and shift of the norm, weight and bias of the layer, or the mask itself, shaped to
/// multiply the output.
template <class Space>
class MaskFunction : public torch::autograd::Function<MaskFunction<Space>> {
    using A = Alive<Space>;
    static constexpr const auto& graph = Space::graph;

public:
    static torch::autograd::variable_list forward(torch::autograd::AutogradContext* ctx,
                                                  const at::Tensor& alpha, at::TensorList parameters) {
        const at::Tensor masks = detail::write(A::masks(detail::read(alpha)), alpha);
        torch::autograd::variable_list outputs;
        std::size_t next = 0;
        for_each_site([&](int row, MaskSite site, int tensors) {
            const at::Tensor mask = row_mask(row, masks);
            if (site == MaskSite::Output)
                outputs.push_back(broadcast(mask, graph[row].out().rank, 1).contiguous());
            for (int i = 0; i < tensors; ++i, ++next)
                outputs.push_back(at::mul(parameters[next], broadcast(mask, parameters[next].dim(), 0)));
        });
        torch::autograd::variable_list saved{alpha, masks};
        saved.insert(saved.end(), parameters.begin(), parameters.end());
        ctx->save_for_backward(std::move(saved));
        return outputs;
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                   torch::autograd::variable_list upstream) {
        const auto saved = ctx->get_saved_variables();
        const at::Tensor& alpha = saved[0];
        const at::Tensor& masks = saved[1];
        torch::autograd::variable_list gradients{at::Tensor{}};
        const bool wants_alpha = ctx->needs_input_grad(0);
        at::Tensor by_mask = wants_alpha ? at::zeros_like(masks) : at::Tensor{};
        std::size_t next = 0, output = 0;
        for_each_site([&](int row, MaskSite site, int tensors) {
            const at::Tensor mask = row_mask(row, masks);
            at::Tensor sum;
            const auto add = [&](const at::Tensor& gradient) {
                sum = sum.defined() ? sum.add_(gradient) : gradient;
            };
            if (site == MaskSite::Output)
                add(upstream[output++].flatten());
            for (int i = 0; i < tensors; ++i, ++next, ++output) {
                const at::Tensor& parameter = saved[next + 2];
                gradients.push_back(ctx->needs_input_grad(next + 1)
                                        ? at::mul(upstream[output], broadcast(mask, parameter.dim(), 0))
                                        : at::Tensor{});
                if (wants_alpha) {
                    const at::Tensor product = at::mul(upstream[output], parameter);
                    add(product.dim() == 1 ? product : product.flatten(1).sum(1));
                }
            }
            if (wants_alpha)
                add_row_gradient(row, sum, by_mask);
        });
        if (wants_alpha) {
            std::vector<double> gradient = detail::read(by_mask);
            A::through_theta(detail::read(alpha), gradient);
            gradients[0] = detail::write(gradient, alpha);
        }
        return gradients;
    }

    /// The tensors to be masked, in the order in which forward takes them.
    template <class Tensors>
    static std::vector<at::Tensor> parameters(const Tensors& tensors) {
        std::vector<at::Tensor> list;
        for_each_site([&](int row, MaskSite, int count) {
            const LayerTensors& own = tensors[static_cast<std::size_t>(row)];
            if (count >= 1)
                list.push_back(own.weight);
            if (count == 2)
                list.push_back(own.bias);
        });
        return list;
    }

    /// Position among the outputs of the first one for a row.
    static constexpr std::size_t output_of(int row) {
        std::size_t position = 0;
        for (int r = 1; r < row; ++r)
            position += outputs_of(r);
        return position;
    }

private:
    static constexpr MaskSite site(int row) { return Space::analysis.sites[static_cast<std::size_t>(row)]; }
    static constexpr int tensors_of(int row) {
        if (site(row) != MaskSite::Affine && site(row) != MaskSite::Weight)
            return 0;
        return site(row) == MaskSite::Affine || graph[row].facts.has_bias() ? 2 : 1;
    }
    static constexpr std::size_t outputs_of(int row) {
        return static_cast<std::size_t>(site(row) == MaskSite::Output ? 1 : tensors_of(row));
    }

    template <class F>
    static void for_each_site(F f) {
        for (int row = 1; row < graph.size(); ++row)
            if (site(row) != MaskSite::None)
                f(row, site(row), tensors_of(row));
    }

    /// The mask over the channels of a row; ones where a group is frozen.
    static at::Tensor row_mask(int row, const at::Tensor& masks) {
        std::vector<at::Tensor> pieces;
        for (const Segment& segment : graph.channels(row)) {
            const auto g = static_cast<std::size_t>(segment.group);
            const std::int64_t width = graph.groups[g].width;
            at::Tensor piece = Space::analysis.trainable[g]
                                   ? masks.narrow(0, Space::analysis.offset[g], width)
                                   : at::ones({width}, masks.options());
            pieces.push_back(segment.repeat == 1 ? piece : piece.repeat_interleave(segment.repeat));
        }
        return pieces.size() == 1 ? pieces[0] : at::cat(pieces);
    }
    /// The transpose of row_mask.
    static void add_row_gradient(int row, const at::Tensor& gradient, const at::Tensor& by_mask) {
        std::int64_t first = 0;
        for (const Segment& segment : graph.channels(row)) {
            const auto g = static_cast<std::size_t>(segment.group);
            const std::int64_t width = graph.groups[g].width, length = width * segment.repeat;
            if (Space::analysis.trainable[g]) {
                const at::Tensor part = gradient.narrow(0, first, length);
                by_mask.narrow(0, Space::analysis.offset[g], width)
                    .add_(segment.repeat == 1 ? part : part.view({width, segment.repeat}).sum(1));
            }
            first += length;
        }
    }
    /// A vector as a tensor with `before` axes of extent 1 before it and `dim` axes after those.
    static at::Tensor broadcast(const at::Tensor& mask, std::int64_t dim, std::int64_t before) {
        std::vector<std::int64_t> shape(static_cast<std::size_t>(dim + before), 1);
        shape[static_cast<std::size_t>(before)] = -1;
        return mask.view(shape);
    }
};

} // namespace pliny
