// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/train/loss.hpp>
#include <pliny/train/training_error.hpp>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/huber_loss.h>
#include <ATen/ops/l1_loss.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/tensor.h>

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace pliny {
namespace detail {

/// The targets in the shape of the outputs: [B] and [B, 1] must not become [B, B].
inline at::Tensor targets_like(const at::Tensor& output, const at::Tensor& target) {
    return target.to(output.scalar_type()).view_as(output);
}

/// Whether numbers of the targets' shape go with outputs of that shape.
inline bool same_extents(std::span<const std::int64_t> output, const Examples& examples) {
    const std::vector<std::int64_t> target = examples.target_shape();
    const std::vector<std::int64_t> found(output.begin(), output.end());
    return found == target || (target.empty() && found == std::vector<std::int64_t>{1});
}

inline std::string shape_of_outputs(std::span<const std::int64_t> output) {
    return "outputs of shape [" + extents_text({output.data(), output.size()}) + "]";
}

inline std::string shape_of_targets(const Examples& examples) {
    if (examples.classes > 0)
        return std::to_string(examples.classes) + " classes";
    const std::vector<std::int64_t> shape = examples.target_shape();
    return shape.empty() ? "one number per example" : extents_text(shape) + " numbers per example";
}

} // namespace detail

PLINY_INLINE Loss Loss::cross_entropy(CrossEntropy options) {
    if (!(options.label_smoothing >= 0 && options.label_smoothing <= 1))
        throw TrainingError("cross-entropy: label smoothing " + detail::number_text(options.label_smoothing) +
                            "; expected 0 to 1");
    for (const double weight : options.class_weights)
        if (!(weight >= 0 && weight <= 1e30))
            throw TrainingError("cross-entropy: a class weight of " + detail::number_text(weight) +
                                "; expected 0 or more");
    Loss loss;
    loss.name = "cross-entropy";
    loss.counts_right = true;
    at::Tensor weights;
    if (!options.class_weights.empty())
        weights = at::tensor(options.class_weights, at::kFloat);
    loss.mean = [weights, smoothing = options.label_smoothing](const at::Tensor& output,
                                                               const at::Tensor& target) mutable {
        if (weights.defined() && weights.device() != output.device())
            weights = weights.to(output.device()); // once
        return at::cross_entropy_loss(output, target, weights, at::Reduction::Mean, -100, smoothing);
    };
    loss.right = [](const at::Tensor& output, const at::Tensor& target) {
        return output.argmax(1).eq(target).sum();
    };
    loss.fits = [weights = options.class_weights.size()](std::span<const std::int64_t> output,
                                                         const Examples& examples) -> std::string {
        if (examples.classes < 1)
            return detail::shape_of_targets(examples) + "; expected classes as integers, or another loss";
        if (output.size() != 1 || output[0] != examples.classes)
            return detail::shape_of_outputs(output) + " for " + detail::shape_of_targets(examples) +
                   "; expected [" + std::to_string(examples.classes) + "]";
        if (weights > 0 && weights != static_cast<std::size_t>(examples.classes))
            return std::to_string(weights) + " class weights for " + detail::shape_of_targets(examples) +
                   "; expected one per class";
        return {};
    };
    return loss;
}

PLINY_INLINE Loss Loss::cross_entropy() { return cross_entropy({}); }
PLINY_INLINE Loss Loss::binary_cross_entropy() { return binary_cross_entropy({}); }

PLINY_INLINE Loss Loss::of_numbers(std::string name, Function function) {
    return of(std::move(name), std::move(function),
              [](std::span<const std::int64_t> output, const Examples& examples) -> std::string {
                  if (examples.classes > 0)
                      return detail::shape_of_targets(examples) +
                             "; expected numbers, float32 [N] or [N, K], as targets, or another loss";
                  if (!detail::same_extents(output, examples))
                      return detail::shape_of_outputs(output) + " for " + detail::shape_of_targets(examples) +
                             "; expected one output for each";
                  return {};
              });
}

PLINY_INLINE Loss Loss::mse() {
    return of_numbers("mse", [](const at::Tensor& output, const at::Tensor& target) {
        return at::mse_loss(output, detail::targets_like(output, target));
    });
}

PLINY_INLINE Loss Loss::l1() {
    return of_numbers("l1", [](const at::Tensor& output, const at::Tensor& target) {
        return at::l1_loss(output, detail::targets_like(output, target));
    });
}

PLINY_INLINE Loss Loss::huber(double delta) {
    if (!(delta > 0 && delta <= 1e30))
        throw TrainingError("huber: delta " + detail::number_text(delta) + "; expected a positive number");
    return of_numbers("huber", [delta](const at::Tensor& output, const at::Tensor& target) {
        return at::huber_loss(output, detail::targets_like(output, target), at::Reduction::Mean, delta);
    });
}

PLINY_INLINE Loss Loss::binary_cross_entropy(BinaryCrossEntropy options) {
    if (!(options.positive_weight > 0 && options.positive_weight <= 1e30))
        throw TrainingError("binary cross-entropy: a positive weight of " +
                            detail::number_text(options.positive_weight) + "; expected a positive number");
    Loss loss;
    loss.name = "binary cross-entropy";
    loss.counts_right = true;
    at::Tensor weight;
    if (options.positive_weight != 1)
        weight = at::tensor({options.positive_weight}, at::kFloat);
    loss.mean = [weight](const at::Tensor& output, const at::Tensor& target) mutable {
        if (weight.defined() && weight.device() != output.device())
            weight = weight.to(output.device()); // once
        return at::binary_cross_entropy_with_logits(output, detail::targets_like(output, target), {}, weight);
    };
    loss.right = [](const at::Tensor& output, const at::Tensor& target) {
        const at::Tensor same = output.gt(0).eq(detail::targets_like(output, target).gt(0.5));
        return same.to(at::kDouble).sum() / (same.numel() / same.size(0));
    };
    loss.fits = [](std::span<const std::int64_t> output, const Examples& examples) -> std::string {
        const bool yes_or_no = examples.classes == 2 && output.size() == 1 && output[0] == 1;
        if (!yes_or_no && (examples.classes > 0 || !detail::same_extents(output, examples)))
            return detail::shape_of_outputs(output) + " for " + detail::shape_of_targets(examples) +
                   "; expected [1] for two classes, or one output for each number";
        if (const at::Tensor& targets = examples.targets;
            examples.classes == 0 && targets.lt(0).logical_or(targets.gt(1)).any().item<bool>())
            return "targets from " + detail::number_text(targets.min().item<double>()) + " to " +
                   detail::number_text(targets.max().item<double>()) + "; expected 0 to 1";
        return {};
    };
    return loss;
}

PLINY_INLINE Loss Loss::of(std::string name, Function function, Fits what_fits) {
    if (!function)
        throw TrainingError("loss " + name + ": found no function");
    Loss loss;
    loss.name = std::move(name);
    loss.mean = std::move(function);
    loss.fits = std::move(what_fits);
    return loss;
}

PLINY_INLINE at::Tensor Loss::operator()(const at::Tensor& output, const at::Tensor& target) const {
    at::Tensor value = mean(output, target);
    if (!value.defined() || value.dim() != 0)
        throw TrainingError("loss " + name + ": found " +
                            (value.defined()
                                 ? "a tensor of shape [" + detail::extents_text(value.sizes()) + "]"
                                 : "an undefined tensor") +
                            "; expected one number, the mean over the batch");
    if (at::GradMode::is_enabled() && output.requires_grad() && !value.requires_grad())
        throw TrainingError("loss " + name +
                            ": its value has no gradient; expected one computed from the outputs alone by "
                            "differentiable operations");
    return value;
}

PLINY_INLINE at::Tensor Loss::score_sum(const at::Tensor& output, const at::Tensor& target) const {
    const at::NoGradGuard no_grad;
    return counts_right ? right(output, target).to(at::kDouble)
                        : (*this)(output, target).to(at::kDouble) * output.size(0);
}

PLINY_INLINE void Loss::check(std::span<const std::int64_t> output_shape, const Examples& examples) const {
    if (const std::string found = fits ? fits(output_shape, examples) : std::string(); !found.empty())
        throw TrainingError(examples.name + ": " + name + " finds " + found);
}

} // namespace pliny
