// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/params.hpp>

namespace pliny {

/// Multiply-accumulates of one inference, a bias counted as one more per output. Unit: MAC.
inline constexpr struct Ops {
    static constexpr std::string_view name = "ops";
    template <class Number>
    constexpr Number operator()(const LayerCall<Number>& call) const {
        return Params(call) * call.positions();
    }
} Ops;

/// As Ops, without the biases. Unit: MAC.
inline constexpr struct OpsNoBias {
    static constexpr std::string_view name = "ops_no_bias";
    template <class Number>
    constexpr Number operator()(const LayerCall<Number>& call) const {
        return ParamsNoBias(call) * call.positions();
    }
} OpsNoBias;

} // namespace pliny
