// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/params.hpp>

namespace pliny {

/// Multiply-accumulates of one inference, a bias counted as one more per output. Unit: MAC.
struct OpsCost {
    static constexpr std::string_view name = "ops";
    template <class Number>
    constexpr Number operator()(const LayerCall<Number>& call) const {
        return Params(call) * call.positions();
    }
};
inline constexpr OpsCost Ops{};

/// As Ops, without the biases. Unit: MAC.
struct OpsNoBiasCost {
    static constexpr std::string_view name = "ops_no_bias";
    template <class Number>
    constexpr Number operator()(const LayerCall<Number>& call) const {
        return ParamsNoBias(call) * call.positions();
    }
};
inline constexpr OpsNoBiasCost OpsNoBias{};

} // namespace pliny
