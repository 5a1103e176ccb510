// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/examples.hpp>
#include <pliny/train/training_error.hpp>

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/huber_loss.h>
#include <ATen/ops/l1_loss.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/tensor.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pliny {

/// What a training minimises, and how its results are scored: `Loss::cross_entropy()`, `Loss::mse()`,
/// `Loss::l1()`, `Loss::huber()`, `Loss::binary_cross_entropy()`, or a function of the user's,
/// `Loss::of("name", f)`.
///
/// The score of a data set is its accuracy in percent where the loss is one of classes, else the loss itself:
/// `counts_right` says which. Outputs are those of the network, [B, ...]; targets those of `Examples`.
class Loss {
public:
    using Function = std::function<at::Tensor(const at::Tensor& output, const at::Tensor& target)>;
    /// Why outputs of that shape, without the batch, and those examples do not go together, or nothing.
    using Fits = std::function<std::string(std::span<const std::int64_t> output, const Examples& examples)>;

    struct CrossEntropy {
        double label_smoothing = 0; // 0 to 1: the share of a target that all classes have in common
        std::vector<double> class_weights = {}; // one per class; none: all weigh 1
    };
    struct BinaryCrossEntropy {
        double positive_weight = 1; // what an example of target 1 weighs against one of target 0
    };

    /// Of classes: outputs [B, K] without softmax, targets int64 [B]. With weights, a batch's mean is that of
    /// PyTorch: divided by the sum of its weights.
    static Loss cross_entropy(CrossEntropy options);
    static Loss cross_entropy() { return cross_entropy({}); }
    /// Of numbers: the mean of the squared, the absolute, or Huber's difference, which is squared up to
    /// `delta` and linear beyond; outputs [B, K] and targets [B, K], or [B, 1] and [B].
    static Loss mse();
    static Loss l1();
    static Loss huber(double delta = 1);
    /// Of answers yes and no, each on its own: outputs [B, K] without sigmoid, targets 0 to 1 as for `mse`,
    /// or, for [B, 1], one of two classes. An answer is right where the output is above 0 and the target
    /// above 0.5, or neither is; an example of several counts with its share of right ones.
    static Loss binary_cross_entropy(BinaryCrossEntropy options);
    static Loss binary_cross_entropy() { return binary_cross_entropy({}); }
    /// Any function of outputs and targets that returns the mean over the batch, one number. `what_fits` may
    /// check shapes beforehand.
    static Loss of(std::string name, Function function, Fits what_fits = {});

    std::string name = {};     // "cross-entropy", "mse", for reports
    bool counts_right = false; // the score is an accuracy, and higher is better

    /// What is shown of a score: "accuracy" in "%", or the name of the loss without a unit.
    std::string score_name() const { return counts_right ? "accuracy" : name; }
    std::string_view score_unit() const { return counts_right ? "%" : ""; }
    bool better(double score, double than) const { return counts_right ? score > than : score < than; }

    /// The mean over the batch, a scalar. Throws `TrainingError` where a function of the user's returns
    /// anything else, or what gives no gradient.
    at::Tensor operator()(const at::Tensor& output, const at::Tensor& target) const;

    /// What a batch adds to the score of a data set, a float64 scalar where the outputs are, without waiting
    /// for them: how many are right, or the loss times the examples.
    at::Tensor score_sum(const at::Tensor& output, const at::Tensor& target) const;

    /// The score of `examples` examples from the sum of all `score_sum`.
    double score(double sum, std::int64_t examples) const {
        return (counts_right ? 100 : 1) * sum / static_cast<double>(examples);
    }

    /// Throws `TrainingError` where outputs of `output_shape`, without the batch, do not go with the
    /// examples.
    void check(std::span<const std::int64_t> output_shape, const Examples& examples) const;

private:
    Function mean;
    Function right; // how many of a batch
    Fits fits;

    static Loss of_numbers(std::string name, Function function);
};

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

inline Loss Loss::cross_entropy(CrossEntropy options) {
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

inline Loss Loss::of_numbers(std::string name, Function function) {
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

inline Loss Loss::mse() {
    return of_numbers("mse", [](const at::Tensor& output, const at::Tensor& target) {
        return at::mse_loss(output, detail::targets_like(output, target));
    });
}

inline Loss Loss::l1() {
    return of_numbers("l1", [](const at::Tensor& output, const at::Tensor& target) {
        return at::l1_loss(output, detail::targets_like(output, target));
    });
}

inline Loss Loss::huber(double delta) {
    if (!(delta > 0 && delta <= 1e30))
        throw TrainingError("huber: delta " + detail::number_text(delta) + "; expected a positive number");
    return of_numbers("huber", [delta](const at::Tensor& output, const at::Tensor& target) {
        return at::huber_loss(output, detail::targets_like(output, target), at::Reduction::Mean, delta);
    });
}

inline Loss Loss::binary_cross_entropy(BinaryCrossEntropy options) {
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

inline Loss Loss::of(std::string name, Function function, Fits what_fits) {
    if (!function)
        throw TrainingError("loss " + name + ": found no function");
    Loss loss;
    loss.name = std::move(name);
    loss.mean = std::move(function);
    loss.fits = std::move(what_fits);
    return loss;
}

inline at::Tensor Loss::operator()(const at::Tensor& output, const at::Tensor& target) const {
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

inline at::Tensor Loss::score_sum(const at::Tensor& output, const at::Tensor& target) const {
    const at::NoGradGuard no_grad;
    return counts_right ? right(output, target).to(at::kDouble)
                        : (*this)(output, target).to(at::kDouble) * output.size(0);
}

inline void Loss::check(std::span<const std::int64_t> output_shape, const Examples& examples) const {
    if (const std::string found = fits ? fits(output_shape, examples) : std::string(); !found.empty())
        throw TrainingError(examples.name + ": " + name + " finds " + found);
}

} // namespace pliny
