// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/describe.hpp>
#include <pliny/graph/paths.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/nn/copy_of.hpp>
#include <pliny/nn/graph/model_input.hpp>
#include <pliny/nn/graph/network_module.hpp>
#include <pliny/nn/layers/forward.hpp>
#include <pliny/nn/model_error.hpp>

#include <torch/nn/module.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pliny {

PLINY_INLINE void NonFiniteWatch::see(int its_row, const at::Tensor& output) {
    if (row < 0 && !output.isfinite().all().item<bool>())
        row = its_row;
}

} // namespace pliny

namespace pliny::detail {

PLINY_INLINE bool is_search_state(std::string_view name) {
    return name.find('.') == name.npos &&
           (name == "alpha" || name == "regularizer_strengths" || name.starts_with("choice_") ||
            name == "log_clip" || name == "log_step" || name.starts_with("bits_"));
}

PLINY_INLINE void copy_weights(const torch::nn::Module& source, torch::nn::Module& module) {
    std::vector<std::pair<at::Tensor, at::Tensor>> copies;
    const auto match = [&](const auto& own, const auto& theirs) {
        for (const auto& item : own) {
            if (is_search_state(item.key()))
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

PLINY_INLINE std::string row_text(const Row& row) {
    return joined(row.path.view(), " (", kind_name(row.facts.kind), ")");
}

} // namespace pliny::detail
