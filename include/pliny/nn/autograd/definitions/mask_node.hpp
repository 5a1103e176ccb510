// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/alive.hpp>
#include <pliny/nn/autograd/alphas.hpp>
#include <pliny/nn/autograd/handwritten_node.hpp>
#include <pliny/nn/autograd/mask_node.hpp>
#include <pliny/nn/autograd/row_products.hpp>
#include <pliny/nn/layers/tensors.hpp>

#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace pliny::detail {

/// The mask over the channels of a site; ones where a group is frozen.
inline at::Tensor site_mask(const MaskTable::Site& site, const at::Tensor& masks) {
    std::vector<at::Tensor> parts;
    for (const MaskTable::Piece& piece : site.pieces) {
        at::Tensor part = piece.offset < 0 ? at::ones({piece.width}, masks.options())
                                           : masks.narrow(0, piece.offset, piece.width);
        parts.push_back(piece.repeat == 1 ? part : part.repeat_interleave(piece.repeat));
    }
    return parts.size() == 1 ? parts[0] : at::cat(parts);
}

/// The transpose of site_mask: adds the gradient of a site's mask to that of the masks.
inline void add_site_gradient(const MaskTable::Site& site, const at::Tensor& gradient,
                              const at::Tensor& by_mask) {
    std::int64_t first = 0;
    for (const MaskTable::Piece& piece : site.pieces) {
        const std::int64_t length = piece.width * piece.repeat;
        if (piece.offset >= 0) {
            const at::Tensor part = gradient.narrow(0, first, length);
            by_mask.narrow(0, piece.offset, piece.width)
                .add_(piece.repeat == 1 ? part : part.view({piece.width, piece.repeat}).sum(1));
        }
        first += length;
    }
}

/// Backward of `masked`.
struct MaskNode : HandWrittenNode {
    const MaskTable* table = nullptr;
    at::Tensor masks;
    at::Tensor alpha_like; // detached
    HeldNumbers numbers;   // of the masks
    std::vector<torch::autograd::SavedVariable> parameters;

    torch::autograd::variable_list gradients_of(torch::autograd::variable_list&& upstream) override {
        torch::autograd::variable_list gradients(parameters.size() + 1);
        const bool wants_alpha = task_should_compute_output(0);
        TORCH_CHECK(alpha_like.defined(), torch::autograd::ERR_BACKWARD_TWICE);
        const at::Tensor by_mask =
            wants_alpha ? at::zeros(masks.sizes(), alpha_like.options()) : at::Tensor{};
        std::size_t next = 0, output = 0;
        for (const MaskTable::Site& site : table->sites) {
            const at::Tensor mask = site_mask(site, masks);
            const bool direct =
                site.pieces.size() == 1 && site.pieces[0].repeat == 1; // mask is a view of masks
            at::Tensor sum;
            if (wants_alpha)
                sum = direct ? by_mask.narrow(0, site.pieces[0].offset, site.pieces[0].width)
                             : at::zeros(mask.sizes(), by_mask.options());
            if (site.kind == MaskSite::Output) {
                if (wants_alpha && upstream[output].defined())
                    sum.add_(upstream[output].flatten());
                ++output;
            }
            for (int i = 0; i < site.tensors; ++i, ++next, ++output)
                if (upstream[output].defined())
                    gradients[next + 1] =
                        masked_backward(upstream[output], parameters[next].unpack(), mask, sum);
            if (wants_alpha && !direct)
                add_site_gradient(site, sum, by_mask);
        }
        if (wants_alpha) {
            gradients[0] = gradient_like(alpha_like, [&](std::span<double> gradient) {
                const std::span<double> own = gradient.first(numbers.values.size());
                for_numbers(by_mask, [&](auto sums) { std::copy(sums.begin(), sums.end(), own.begin()); });
                table->through_theta(numbers.values, own);
            });
        }
        return gradients;
    }
    const char* what() const override { return "masked weights"; }
    void release_variables() override {
        alpha_like.reset();
        numbers = {};
        for (torch::autograd::SavedVariable& parameter : parameters)
            parameter.reset_data();
    }
};

PLINY_INLINE std::vector<at::Tensor> masked(const at::Tensor& alpha, const HeldNumbers& mask_numbers,
                                            const HeldNumbers& numbers,
                                            const std::vector<at::Tensor>& parameters, const MaskTable& table,
                                            at::ScalarType type) {
    std::vector<at::Tensor> outputs;
    at::Tensor masks;
    {
        const at::NoGradGuard no_grad;
        masks = tensor_of(mask_numbers.values, alpha.options().dtype(type).requires_grad(false));
        std::size_t next = 0;
        for (const MaskTable::Site& site : table.sites) {
            const at::Tensor mask = site_mask(site, masks);
            if (site.kind == MaskSite::Output) {
                std::vector<std::int64_t> shape(static_cast<std::size_t>(site.rank) + 1, 1);
                shape[1] = -1;
                outputs.push_back(mask.clone().view(shape));
            }
            for (int i = 0; i < site.tensors; ++i, ++next)
                outputs.push_back(masked_rows(parameters[next], mask));
        }
    }
    const auto node = node_behind<MaskNode>(alpha, parameters);
    if (!node)
        return outputs;
    node->table = &table;
    node->masks = masks;
    node->alpha_like = alpha.detach();
    node->numbers = numbers;
    for (const at::Tensor& parameter : parameters)
        node->parameters.emplace_back(parameter, false);
    for (const at::Tensor& output : outputs)
        torch::autograd::set_history(output, node);
    return outputs;
}

/// Backward of `priced`.
struct PenaltyNode : HandWrittenNode {
    at::Tensor gradient;

    torch::autograd::variable_list gradients_of(torch::autograd::variable_list&& upstream) override {
        return {upstream[0].defined() ? at::mul(gradient, upstream[0]) : at::Tensor{}};
    }
    const char* what() const override { return "the penalty"; }
    void release_variables() override { gradient.reset(); }
};

PLINY_INLINE at::Tensor priced(const at::Tensor& alpha, double value, const at::Tensor& gradient) {
    const at::Tensor result = at::scalar_tensor(value, alpha.options().requires_grad(false));
    if (const auto node = node_behind<PenaltyNode>(alpha)) {
        node->gradient = gradient;
        torch::autograd::set_history(result, node);
    }
    return result;
}

} // namespace pliny::detail
