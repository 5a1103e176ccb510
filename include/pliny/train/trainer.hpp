// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/images.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/train/measure.hpp>
#include <pliny/train/optimizer.hpp>
#include <pliny/train/progress.hpp>

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace pliny {

/// Training cannot go on; the message says where it stopped and why.
struct TrainingError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// What one epoch came to.
struct EpochResult {
    std::string phase;
    int epoch = 0;
    double train_loss = 0;     // mean task loss
    double train_accuracy = 0; // percent, while training
    double test_accuracy = 0;  // percent, after it
    double penalty = 0;        // mean
    double seconds = 0;        // of the training alone
};

/// Runs epochs over one data set: shuffles from a seed, gathers and normalises batch by batch, cross-entropy.
class Trainer {
public:
    Trainer(const Images& train_images, const Images& test_images, std::int64_t batch_size,
            std::uint64_t seed, bool quiet = false)
        : train(train_images), test(test_images), batch(batch_size), progress(quiet),
          generator(at::make_generator<at::CPUGeneratorImpl>(seed)) {
        if (batch < 1)
            throw TrainingError(joined("batch size ", batch, ": expected at least 1"));
    }

    std::int64_t batches() const { return (train.size() + batch - 1) / batch; }

    /// Trains for `epochs` epochs. `extra(task_loss, epoch)` gives what is added to the task loss, or an
    /// undefined tensor; `epoch` counts on from batch to batch.
    template <class M, class Optimizer, class Extra>
    void run(std::string_view phase, int epochs, M& model, Optimizer& optimizer, Extra extra) {
        model.train();
        for (int epoch = 0; epoch < epochs; ++epoch)
            run_epoch(phase, epoch, epochs, model, optimizer, extra);
    }
    template <class M, class Optimizer>
    void run(std::string_view phase, int epochs, M& model, Optimizer& optimizer) {
        run(phase, epochs, model, optimizer, [](const at::Tensor&, double) { return at::Tensor{}; });
    }

    std::vector<EpochResult> history;

private:
    Images train; // shares its tensors with the caller's
    Images test;
    std::int64_t batch;
    Progress progress;
    at::Generator generator;
    at::Tensor x, y;

    template <class M, class Optimizer, class Extra>
    void run_epoch(std::string_view phase, int epoch, int epochs, M& model, Optimizer& optimizer,
                   Extra& extra) {
        EpochResult result{.phase = std::string(phase), .epoch = epoch};
        progress.start(phase, epoch, epochs, batches());
        const at::Tensor order = at::randperm(train.size(), generator, at::TensorOptions(at::kLong));
        double loss_sum = 0, penalty_sum = 0;
        std::int64_t right = 0;
        for (std::int64_t b = 0; b < batches(); ++b) {
            const std::int64_t first = b * batch, count = std::min(batch, train.size() - first);
            train.gather_into(x, y, order.narrow(0, first, count));
            optimizer.zero_grad();
            const at::Tensor output = model(x);
            const at::Tensor task = at::cross_entropy_loss(output, y);
            const at::Tensor added =
                extra(task, epoch + static_cast<double>(b) / static_cast<double>(batches()));
            (added.defined() ? task + added : task).backward();
            optimizer.step();
            const double loss = task.template item<double>();
            if (!std::isfinite(loss))
                throw TrainingError(joined(phase, " epoch ", epoch + 1, ", batch ", b + 1, ": the loss is ",
                                           loss, "; a smaller learning rate may help"));
            loss_sum += loss * static_cast<double>(count);
            penalty_sum += added.defined() ? added.template item<double>() * static_cast<double>(count) : 0;
            right += output.detach().argmax(1).eq(y).sum().template item<std::int64_t>();
            progress.batch(b + 1, "loss " + decimals(loss_sum / static_cast<double>(first + count), 3));
        }
        const double images = static_cast<double>(train.size());
        result.seconds = progress.seconds();
        result.train_loss = loss_sum / images;
        result.penalty = penalty_sum / images;
        result.train_accuracy = 100 * static_cast<double>(right) / images;
        result.test_accuracy = accuracy(model, test);
        progress.finish(joined("loss ", decimals(result.train_loss, 4), "  train ",
                               decimals(result.train_accuracy, 2), " %  test ",
                               decimals(result.test_accuracy, 2), " %"));
        history.push_back(std::move(result));
    }
};

} // namespace pliny
