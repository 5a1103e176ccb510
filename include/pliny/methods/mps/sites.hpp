// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/plan.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace pliny {

/// The row whose values a row reads, by way of rows that make none of their own.
template <class AnyPlan>
constexpr int values_read(const AnyPlan& plan, int row) {
    int from = plan.input(row);
    while (from > 0 && !plan[from].facts.makes_values)
        from = plan.input(from);
    return from;
}

/// Which tensors of a network are quantized, by which quantizer, and what that makes superfluous.
///
/// A layer that computes new values (convolution, linear layer, Add, average pooling, a smooth activation)
/// and the activations, norms and maximum poolings that only it feeds form a chain; the end of the chain is
/// quantized, and what comes behind passes such values on. Quantizing behind a maximum pooling gives the same
/// numbers as before it, from fewer elements. Tensors that an Add, a Concat or a depthwise convolution
/// relates share one quantizer.
template <std::size_t Rows>
struct QuantizerSites {
    static constexpr int from_input = -1; // the values of the network's input
    static constexpr int not_quantized = -2;

    std::array<bool, Rows> quantized{}; // the tensor that the row makes
    std::array<bool, Rows> can_be_negative{};
    std::array<bool, Rows> passes{};   // a norm folded into the layer before, a ReLU that the quantizer
                                       // implies: the row gives its input
    std::array<int, Rows> quantizer{}; // whose values the tensor of the row has
    std::array<int, Rows> component{}; // rows whose tensors share precisions have the same number
    int quantizers = 0;
    friend bool operator==(const QuantizerSites&, const QuantizerSites&) = default;
};

namespace detail {

/// Numbers the rows by the component of tensors that share precisions: all that is joined other than by a
/// layer that mixes channels.
template <class AnyPlan, std::size_t Rows>
constexpr void number_components(const AnyPlan& plan, std::array<int, Rows>& component) {
    for (std::size_t r = 0; r < Rows; ++r)
        component[r] = static_cast<int>(r);
    const auto first_of = [&](int row) {
        int& next = component[static_cast<std::size_t>(row)];
        while (component[static_cast<std::size_t>(next)] != next) // and the way becomes shorter
            next = component[static_cast<std::size_t>(next)];
        return next;
    };
    for (int r = 1; r < plan.size(); ++r) {
        const Channels channels = plan[r].facts.channels;
        if (channels == Channels::Mix || channels == Channels::Fixed)
            continue;
        for (int input : plan.inputs(r)) {
            const int a = first_of(r), b = first_of(input);
            component[static_cast<std::size_t>(a < b ? b : a)] = a < b ? a : b;
        }
    }
    for (int r = 1; r < plan.size(); ++r) // each points to one that is before it
        component[static_cast<std::size_t>(r)] =
            component[static_cast<std::size_t>(component[static_cast<std::size_t>(r)])];
}

/// Which tensors are never below zero.
template <class AnyPlan, std::size_t Rows>
constexpr std::array<bool, Rows> never_negative(const AnyPlan& plan) {
    std::array<bool, Rows> result{};
    for (int r = 1; r < plan.size(); ++r) {
        const Signs signs = plan[r].facts.signs;
        bool inputs = true;
        for (int input : plan.inputs(r))
            inputs = inputs && result[static_cast<std::size_t>(input)];
        result[static_cast<std::size_t>(r)] =
            signs == Signs::NotNegative || (signs == Signs::AsInputs && inputs);
    }
    return result;
}

} // namespace detail

/// The sites of a plan. `excluded[r]`: the layer stays as it is, with the chain behind it. The values that
/// reach the output of the network are not quantized unless `with_output`.
template <class AnyPlan, std::size_t Rows>
constexpr QuantizerSites<Rows> quantizer_sites(const AnyPlan& plan, const std::array<bool, Rows>& excluded,
                                               bool with_input, bool with_output) {
    QuantizerSites<Rows> sites;
    detail::number_components(plan, sites.component);
    const auto never_negative = detail::never_negative<AnyPlan, Rows>(plan);

    std::array<bool, Rows> is_output{}; // reaches the output as it is
    is_output[Rows - 1] = true;
    for (int r = plan.size() - 1; r > 0; --r)
        if (is_output[static_cast<std::size_t>(r)] && !plan[r].facts.makes_values)
            for (int input : plan.inputs(r))
                is_output[static_cast<std::size_t>(input)] = true;

    sites.quantized[0] = with_input;
    sites.can_be_negative[0] = true;
    sites.quantizer[0] = with_input ? sites.from_input : sites.not_quantized;
    std::array<int, Rows> number{}; // of the quantizer of a component; 0: none yet
    std::array<bool, Rows> chained{};
    for (int r = 1; r < plan.size(); ++r) {
        const auto row = static_cast<std::size_t>(r);
        if (chained[row])
            continue;
        if (!plan[r].facts.makes_values) {
            sites.quantizer[row] = sites.quantizer[static_cast<std::size_t>(plan.input(r))];
            for (int input : plan.inputs(r)) // of a Concat with the input of the network: the other
                sites.quantizer[row] =
                    std::max(sites.quantizer[row], sites.quantizer[static_cast<std::size_t>(input)]);
            continue;
        }
        int end = r;
        while (plan.only_reader(end) && plan[plan[end].last_use].facts.joins_chain) {
            const int next = plan[end].last_use;
            chained[static_cast<std::size_t>(next)] = true;
            if (end == r && plan[next].facts.traits.normalises && plan[r].has_weights() && !excluded[row])
                sites.passes[static_cast<std::size_t>(next)] = true;
            sites.quantizer[static_cast<std::size_t>(end)] = sites.not_quantized;
            end = next;
        }
        const auto last = static_cast<std::size_t>(end);
        if (excluded[row] || (is_output[last] && !with_output)) {
            sites.quantizer[last] = sites.not_quantized;
            continue;
        }
        int& quantizer = number[static_cast<std::size_t>(sites.component[last])];
        if (quantizer == 0)
            quantizer = ++sites.quantizers;
        sites.quantizer[last] = quantizer - 1;
        sites.quantized[last] = true;
        sites.can_be_negative[last] = !never_negative[last];
        int before = end;
        while (before != r && plan[before].facts.traits.commutes_with_relu)
            before = plan.input(before);
        if (before != r && plan[before].facts.traits.rectifies)
            sites.passes[static_cast<std::size_t>(before)] = true;
    }
    return sites;
}

/// Whether all values that a row gives lie on a signed grid, which is the coarser one.
template <class AnyPlan, std::size_t Rows>
constexpr bool gives_signed(const AnyPlan& plan, const QuantizerSites<Rows>& sites, int row) {
    if (row == 0 || sites.quantized[static_cast<std::size_t>(row)])
        return sites.can_be_negative[static_cast<std::size_t>(row)];
    bool all = true;
    for (int input : plan.inputs(row))
        all = all && gives_signed(plan, sites, input);
    return all;
}

} // namespace pliny
