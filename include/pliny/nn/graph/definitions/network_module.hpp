// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/describe.hpp>
#include <pliny/graph/paths.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/nn/copy_of.hpp>
#include <pliny/nn/graph/model_input.hpp>
#include <pliny/nn/graph/network_module.hpp>
#include <pliny/nn/model_error.hpp>

#include <torch/nn/module.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pliny::detail {

PLINY_INLINE void copy_weights(const torch::nn::Module& source, torch::nn::Module& module,
                               const ModuleStates& states) {
    std::vector<std::pair<at::Tensor, at::Tensor>> copies;
    const auto match = [&](const auto& own, const auto& theirs) {
        for (const auto& item : own) {
            if (states.contains(item.key()))
                continue;
            const auto* found = theirs.find(item.key());
            if (!found)
                throw ModelError(joined("load_weights: ", item.key(), ": not in the source"));
            if (found->sizes() != item.value().sizes())
                throw ModelError(joined("load_weights: ", item.key(), ": found ", text_of(found->sizes()),
                                        ", expected ", text_of(item.value().sizes())));
            copies.emplace_back(item.value(), *found);
        }
    };
    match(module.named_parameters(), source.named_parameters());
    match(module.named_buffers(), source.named_buffers());
    const at::NoGradGuard no_grad;
    for (auto& [own, theirs] : copies)
        own.copy_(theirs);
}

} // namespace pliny::detail
