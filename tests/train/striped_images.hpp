// SPDX-License-Identifier: Apache-2.0
// A small data set and settings for the training loop, and what a model is made of.
#pragma once

#include <pliny/train/trainer.hpp>

namespace pliny::testing {

/// Images whose class can be seen: a bright row.
inline Images striped(std::int64_t count, std::uint64_t seed) {
    at::manual_seed(seed);
    const at::Tensor labels = at::randint(0, 3, {count}, at::kLong);
    at::Tensor images = at::randint(0, 150, {count, 1, 8, 8}, at::kByte);
    for (std::int64_t i = 0; i < count; ++i)
        images[i][0][2 * labels[i].item<std::int64_t>()] += 60;
    return {images, labels, 3, 0.3, 0.2};
}

inline const TrainerSettings quiet{.batch = 32, .seed = 5, .quiet = true};

/// All parameters and buffers in one row.
inline at::Tensor all_numbers(const torch::nn::Module& model) {
    std::vector<at::Tensor> flat;
    for (const auto& [name, tensor] : pliny::detail::named_tensors(model))
        flat.push_back(tensor.detach().to(at::kDouble).flatten());
    return at::cat(flat);
}

} // namespace pliny::testing
