// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/params_bit.hpp>

#include <array>
#include <type_traits>

namespace pliny {

/// MPIC: a RISC-V core with dot products of 2, 4 and 8 bits (Ottavi et al., "A Mixed-Precision RISC-V
/// Processor for Extreme-Edge DNN Inference", 2020; the numbers as in PLiNIO).
struct Mpic {
    static constexpr double hertz = 250e6;
    static constexpr double watt = (5.30e-3 + 5.39e-3 + 5.46e-3 + 5.38e-3) / 4; // the same at every precision
    static constexpr std::array<int, 3> bits{2, 4, 8};

    /// Multiply-accumulates per cycle; rows: bits of activations, columns: bits of weights.
    static constexpr double macs_per_cycle[3][3] = {{6.5, 4.0, 2.2}, {3.9, 3.5, 2.1}, {2.5, 2.3, 2.1}};

    static constexpr bool supports(const Facts&, int weight_bits, int activation_bits) {
        return bits[index(weight_bits)] == weight_bits && bits[index(activation_bits)] == activation_bits;
    }

    /// Cycles of a call; a bias is one more multiply-accumulate per output. Bits that the table lacks cost as
    /// the next larger ones that it has, more than 8 as 8; whether they are there, `supports` tells.
    template <class Number>
    static constexpr auto cycles(const LayerCall<Number>& call) {
        using Real = std::conditional_t<std::is_integral_v<Number>, double, Number>;
        const Number weights = call.depthwise() ? call.out * call.kernel_area() : call.all_weights();
        const auto macs = static_cast<Real>((weights + call.biases()) * call.positions()); // also those by 0
        return macs / macs_per_cycle[index(call.activation_bits)][index(call.weight_bits)];
    }

private:
    static constexpr std::size_t index(int width) { return width <= 2 ? 0 : width <= 4 ? 1 : 2; }
};

/// Time of a layer on MPIC, 2, 4 or 8 bits on either side. Unit: cycles.
struct MpicLatencyCost {
    static constexpr std::string_view name = "mpic_latency";
    static constexpr bool supports(const Facts& facts, int weight_bits, int activation_bits) {
        return Mpic::supports(facts, weight_bits, activation_bits);
    }
    template <class Number>
    constexpr auto operator()(const LayerCall<Number>& call) const {
        return Mpic::cycles(call);
    }
};
inline constexpr MpicLatencyCost MpicLatency{};

/// Energy of a layer on MPIC: MpicLatency at 250 MHz and 5.3825 mW. Unit: joule.
struct MpicEnergyCost {
    static constexpr std::string_view name = "mpic_energy";
    static constexpr bool supports(const Facts& facts, int weight_bits, int activation_bits) {
        return Mpic::supports(facts, weight_bits, activation_bits);
    }
    template <class Number>
    constexpr auto operator()(const LayerCall<Number>& call) const {
        return Mpic::cycles(call) * (Mpic::watt / Mpic::hertz);
    }
};
inline constexpr MpicEnergyCost MpicEnergy{};

} // namespace pliny
