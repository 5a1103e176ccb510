// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/examples.hpp>
#include <pliny/meta/compiled.hpp>
#include <pliny/train/training_error.hpp>

#include <ATen/core/Tensor.h>

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
    PLINY_INLINE static Loss cross_entropy(CrossEntropy options);
    PLINY_INLINE static Loss cross_entropy();
    /// Of numbers: the mean of the squared, the absolute, or Huber's difference, which is squared up to
    /// `delta` and linear beyond; outputs [B, K] and targets [B, K], or [B, 1] and [B].
    PLINY_INLINE static Loss mse();
    PLINY_INLINE static Loss l1();
    PLINY_INLINE static Loss huber(double delta = 1);
    /// Of answers yes and no, each on its own: outputs [B, K] without sigmoid, targets 0 to 1 as for `mse`,
    /// or, for [B, 1], one of two classes. An answer is right where the output is above 0 and the target
    /// above 0.5, or neither is; an example of several counts with its share of right ones.
    PLINY_INLINE static Loss binary_cross_entropy(BinaryCrossEntropy options);
    PLINY_INLINE static Loss binary_cross_entropy();
    /// Any function of outputs and targets that returns the mean over the batch, one number. `what_fits` may
    /// check shapes beforehand.
    PLINY_INLINE static Loss of(std::string name, Function function, Fits what_fits = {});

    std::string name = {};     // "cross-entropy", "mse", for reports
    bool counts_right = false; // the score is an accuracy, and higher is better

    /// What is shown of a score: "accuracy" in "%", or the name of the loss without a unit.
    std::string score_name() const { return counts_right ? "accuracy" : name; }
    std::string_view score_unit() const { return counts_right ? "%" : ""; }
    bool better(double score, double than) const { return counts_right ? score > than : score < than; }

    /// The mean over the batch, a scalar. Throws `TrainingError` where a function of the user's returns
    /// anything else, or what gives no gradient.
    PLINY_INLINE at::Tensor operator()(const at::Tensor& output, const at::Tensor& target) const;

    /// What a batch adds to the score of a data set, a float64 scalar where the outputs are, without waiting
    /// for them: how many are right, or the loss times the examples.
    PLINY_INLINE at::Tensor score_sum(const at::Tensor& output, const at::Tensor& target) const;

    /// The score of `examples` examples from the sum of all `score_sum`.
    double score(double sum, std::int64_t examples) const {
        return (counts_right ? 100 : 1) * sum / static_cast<double>(examples);
    }

    /// Throws `TrainingError` where outputs of `output_shape`, without the batch, do not go with the
    /// examples.
    PLINY_INLINE void check(std::span<const std::int64_t> output_shape, const Examples& examples) const;

private:
    Function mean;
    Function right; // how many of a batch
    Fits fits;

    PLINY_INLINE static Loss of_numbers(std::string name, Function function);
};

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/train/definitions/loss.hpp>
#endif
