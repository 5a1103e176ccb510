// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/is_finite.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/nn/graph/network_module.hpp>
#include <pliny/nn/methods/limit_terms.hpp>

#include <string>

namespace pliny::detail {

PLINY_INLINE const SearchProgress& checked(const char* function, const SearchProgress& progress) {
    constexpr double rounding = 1e-6; // sums of fractions may end a little above
    const double epoch = progress.epoch, epochs = progress.epochs;
    const char* expected = !(epochs > 0) || !(epoch >= 0)     ? "0 <= epoch and 0 < epochs"
                           : epochs < 1 || !is_finite(epochs) ? "a number of epochs, 1 or more"
                           : epoch > epochs * (1 + rounding)  ? "0 <= epoch <= epochs"
                                                              : nullptr;
    if (expected)
        throw ModelError(joined(function, ": epoch ", epoch, " of ", epochs, "; expected ", expected));
    return progress;
}

PLINY_INLINE TaskLoss::TaskLoss(const char* asking, const at::Tensor& task_loss)
    : function(asking), tensor(task_loss) {
    if (!task_loss.defined() || task_loss.numel() != 1)
        throw ModelError(joined(function, ": found a task loss ",
                                task_loss.defined() ? "of shape " + text_of(task_loss.sizes())
                                                    : std::string("that is undefined"),
                                "; expected one number, such as its mean"));
}

PLINY_INLINE double TaskLoss::value() {
    if (!known) {
        const double loss = tensor.item<double>();
        if (!is_finite(loss))
            throw ModelError(joined(function, ": the task loss is ", loss));
        known = loss;
    }
    return *known;
}

} // namespace pliny::detail
