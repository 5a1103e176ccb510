// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/walk.hpp>

#include <ATen/ATen.h>

#include <array>
#include <cstddef>
#include <span>
#include <utility>

namespace pliny {

/// What a join makes of the tensors of its branches.
template <class JoinType, std::size_t Branches>
at::Tensor join_tensors(const std::array<at::Tensor, Branches>& tensors) {
    const std::span<const at::Tensor> all(tensors);
    return [&]<std::size_t... Branch>(std::index_sequence<Branch...>)->at::Tensor {
        constexpr bool takes_each = requires { JoinType::forward(tensors[Branch]...); };
        constexpr bool takes_all = requires { JoinType::forward(all); };
        static_assert(takes_each || takes_all,
                      "[join.7] a join of your own needs a forward for as many branches as it has: "
                      "forward(a, b), or forward(std::span<const at::Tensor>) for any number");
        if constexpr (takes_each)
            return JoinType::forward(tensors[Branch]...);
        else if constexpr (takes_all)
            return JoinType::forward(all);
        else
            return {};
    }
    (std::make_index_sequence<Branches>{});
}

} // namespace pliny
