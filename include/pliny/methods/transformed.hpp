// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/describe.hpp>
#include <pliny/methods/exclude.hpp>
#include <pliny/methods/lowering.hpp>

#include <algorithm>
#include <concepts>
#include <span>
#include <string>
#include <type_traits>

namespace pliny {

/// What makes the weights that count of those that are learned, layer by layer. Of a layer with these facts
/// on an input of this shape, `applies` says whether it is one of its layers, and `density` what share of its
/// weights is not 0 then; `spelled()` writes its C++ type. `multiple` is 1 or more: a search keeps a multiple
/// of so many channels, so that the density holds for every width that it finds. A program that runs it needs
///
///     template <class Tensor>
///     static Tensor forward(const Tensor& weight); // [out, in / groups, kernel ...], of the same shape
///
/// which is called without gradients and neither changes its argument nor, applied again, its result. Every
/// output channel is made by itself, and a times as large of weights a times as large. The gradient goes
/// straight through to all weights, unless there is
///
///     template <class Tensor>
///     static Tensor backward(const Tensor& gradient, const Tensor& weight, const Tensor& made);
///
/// See Transformed.
template <class Own>
concept WeightTransform = requires(const Facts& facts, const Shape& in) {
    { Own::applies(facts, in) } -> std::same_as<bool>;
    { Own::density(facts, in) } -> std::same_as<Density>;
    { Own::spelled() } -> std::same_as<std::string>;
    { Own::multiple } -> std::convertible_to<int>;
};

namespace detail {

template <class Option>
inline constexpr bool is_exclude = false;
template <LayerKey... Keys>
inline constexpr bool is_exclude<Exclude<Keys...>> = true;

/// An Exclude as C++ source, with the keys alone that match one of the rows.
template <LayerKey... Keys>
std::string spelled_exclude(Exclude<Keys...>, std::span<const Row> rows) {
    std::string text;
    for (const LayerKey& key : {Keys...})
        if (std::any_of(rows.begin(), rows.end(), [&](const Row& row) { return key.matches(row); }))
            text += (text.empty() ? "" : ", ") + (key.by_path ? "\"" + std::string(key.path.view()) + "\""
                                                              : "Kind::" + std::string(kind_name(key.kind)));
    return text.empty() ? "" : ", Exclude<" + text + ">";
}

template <class Subject, class Own, class... Options>
struct TransformedCheck {
    static constexpr bool network = DescribedNetwork<Subject>;
    static constexpr bool search = SearchWord<Subject>::known;
    static_assert(!search,
                  "[transformed.1] weights are transformed inside of a search; write the search around "
                  "it, such as Pit<NmSparse<2, 4, Net>, ...>");
    static_assert(search || network,
                  "[transformed.2] what is transformed are the weights of a network: struct "
                  "Net : Network<Input, Block> {}");
    static constexpr bool once = !TransformedNetwork<Subject>;
    static_assert(once,
                  "[transformed.3] the weights of the network are transformed already; keep one of both");
    static constexpr bool described = WeightTransform<Own>;
    static_assert(described,
                  "[transformed.5] not a WeightTransform: it needs applies(facts, in), density(facts, "
                  "in), spelled() and multiple; see methods/transformed.hpp");
    static constexpr bool options_known = (is_exclude<Options> && ...);
    static_assert(options_known, "[transformed.6] behind network and transform stand Exclude<...> only");
    static constexpr bool valid = network && once && described && options_known;
};

struct NotTransformed {}; // which has been reported

/// Of a network what a network has, with what is made of its weights.
template <class Subject, class Own, class... Excludes>
struct TransformedBody {
    using input_type = typename Subject::input_type;
    using body_type = typename Subject::body_type;
    using Rows = typename Subject::Rows;
    static constexpr Init init = Subject::init;

    using weight_transform = Own;
    static constexpr int multiple_of_inputs = Own::multiple;
    template <class AnyPlan>
    static constexpr bool knows_layers(const AnyPlan& plan) {
        return (Excludes::all_found(plan) && ...);
    }
    /// Completes the facts of a row.
    static constexpr void tell(Row& row) {
        if (!row.has_weights() || (Excludes::matches(row) || ...) || !Own::applies(row.facts, row.in))
            return;
        row.facts.transformed = true;
        row.facts.density = Own::density(row.facts, row.in);
    }
    /// The type around a network that has these rows.
    static std::string spelled_around(const std::string& network,
                                      [[maybe_unused]] std::span<const Row> rows) {
        return "Transformed<" + network + ", " + Own::spelled() +
               (std::string() + ... + spelled_exclude(Excludes{}, rows)) + ">";
    }
};

} // namespace detail

/// A network whose weights count as `Own` makes them of those that are learned: a model trains the latter,
/// costs count what is not 0, and what is exported has the former, whose zeros stay while it is trained on.
/// Own: a WeightTransform, applied before masks and quantizers, to the channels that are alive. Excludes:
/// Exclude<...>, layers that stay as they are.
template <class Subject, class Own, class... Excludes>
struct Transformed
    : std::conditional_t<detail::TransformedCheck<Subject, Own, Excludes...>::valid,
                         std::type_identity<detail::TransformedBody<Subject, Own, Excludes...>>,
                         std::type_identity<detail::NotTransformed>>::type {};

} // namespace pliny
