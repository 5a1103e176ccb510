// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/nn/layers/tensors.hpp>

#include <torch/nn/module.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

namespace pliny {

/// The modules of norms and dropouts, each of which trains or not: child->eval() keeps the statistics of a
/// norm while the others train.
template <std::size_t Rows>
class LayerModes {
public:
    /// Looks up the module of a layer; a layer that is the whole network has the mode of the model.
    void find(torch::nn::Module& root, std::string_view path, std::size_t row) {
        if (!path.empty())
            modules[row] = detail::module_at(root, path).shared_from_this();
    }
    bool known(std::size_t row) const { return modules[row] != nullptr; }
    /// Whether a layer trains, as its own module says; as `whole` where it has none.
    bool trains(std::size_t row, bool whole) const {
        return known(row) ? modules[row]->is_training() : whole;
    }

private:
    std::array<std::shared_ptr<const torch::nn::Module>, Rows> modules;
};

} // namespace pliny
