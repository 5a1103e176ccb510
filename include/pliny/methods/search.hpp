// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/concept.hpp>
#include <pliny/methods/bounds.hpp>
#include <pliny/methods/parts.hpp>
#include <pliny/methods/search_space.hpp>
#include <pliny/regularizers/feasibility.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace pliny {

/// The methods of a search, each at most once and in this order: Choices, Widths, Bits.
template <class... List>
struct Methods {};

namespace methods {

/// How the shares of candidates are drawn.
template <class SamplingType, class TemperatureType>
struct Drawing {
    using sampling = SamplingType;
    using temperature = TemperatureType;
};

/// Chooses among the alternatives of every Choice, see SuperNet.
template <class EntropyType = Entropy<0>, class VariationType = InverseVariation<0>>
struct Choices {
    static constexpr int order = 0; // among the methods of a search
    using entropy = EntropyType;
    using variation = VariationType;
};

} // namespace methods

/// The place of a method that a search does not have.
template <int Order>
struct Absent {
    static constexpr int order = Order;
};
template <class Method>
inline constexpr bool is_present = true;
template <int Order>
inline constexpr bool is_present<Absent<Order>> = false;

namespace detail {

/// The method of this order.
template <int Order, class... List>
struct MethodAt {
    using type = Absent<Order>;
};
template <int Order, class First, class... Rest>
struct MethodAt<Order, First, Rest...>
    : std::conditional_t<First::order == Order, std::type_identity<First>, MethodAt<Order, Rest...>> {};

template <class Option, class AnyPlan>
constexpr bool excludes_known_layers(const AnyPlan& plan) {
    if constexpr (requires { Option::all_found(plan); })
        return Option::all_found(plan);
    return true;
}

/// What a search without Widths or Bits has of them.
struct NoOptions {
    static constexpr bool relaxed = false;
};
struct NoBits {
    static constexpr bool lots_fit = true, steps_learnable = true;
    static constexpr int fewest_bits = 8;
};

template <class Method, class Net>
struct WidthsOf : NoOptions {
    using space = SearchSpace<Net, false>;
    template <class AnyPlan>
    static constexpr bool knows_layers(const AnyPlan&) {
        return true;
    }
};
template <class Method, class Net>
    requires requires { typename Method::template space<Net>; }
struct WidthsOf<Method, Net> : Method {
    using space = typename Method::template space<Net>;
};

template <class Method, class Widths>
struct BitsOf : NoBits {
    using space = void;
    using prices = WidthCosts<Widths>;
    template <class Costs>
    static constexpr bool prices_all = true;
    static constexpr bool names_found = true, names_usable = true;
};
template <class Method, class Widths>
    requires requires { typename Method::template space<typename Widths::network>; }
struct BitsOf<Method, Widths> : Method {
    using space = typename Method::template space<typename Widths::network>;
    using prices = typename Method::template prices<space, Widths>;
    template <class Costs>
    static constexpr bool prices_all = Method::template prices_all<prices, Costs>;
};

template <class Type>
inline constexpr std::size_t limit_count = [] {
    if constexpr (requires { RegularizerTraits<Type>::terms::limits; })
        return RegularizerTraits<Type>::terms::limits;
    return std::size_t{0};
}();

template <class Net>
constexpr bool has_choices() {
    return choice_count<std::remove_const_t<decltype(plan<Net>)>> > 0;
}

} // namespace detail

/// What is wrong with a search that the plan of its network has to tell: one mistake, one sentence. Asked for
/// by whoever uses the search, not by its type, which may be named inside of another one that lacks nothing.
template <class SearchType>
struct SearchChecks {
private:
    using Net = typename SearchType::network;
    using Widths = detail::WidthsOf<typename SearchType::widths, Net>;
    using Bits = detail::BitsOf<typename SearchType::bits, typename SearchType::space>;
    static constexpr bool chooses = SearchType::chooses, prunes = SearchType::prunes,
                          quantizes = SearchType::quantizes;

    // Each check only where those before it hold.
    static constexpr bool planned = plan<Net>.size() > 1;
    static constexpr bool has_choices = planned && detail::has_choices<Net>();
    static constexpr bool chooses_something = !planned || !chooses || has_choices;
    static constexpr bool told_to_choose = chooses || !has_choices;
    static_assert(chooses_something,
                  "[super_net.4] the network has no Choice<...>: there is nothing to choose");
    static_assert(told_to_choose || !prunes,
                  "[pit.7] the network has a Choice; write Pit<SuperNet<Net>, ...>");
    static_assert(told_to_choose || prunes,
                  "[mps.4] the network has a Choice; write Mps<SuperNet<Net>, ...>");
    static constexpr bool fits = planned && chooses_something && told_to_choose;

    static constexpr bool excludes_layers = !fits || Widths::knows_layers(plan<Net>);
    static_assert(excludes_layers, "[exclude.1] Exclude names a layer that the network does not have; "
                                   "describe<Net>() lists the paths");
    static constexpr bool has_alphas = [] {
        if constexpr (prunes && fits && excludes_layers)
            return SearchType::space::analysis.alphas > 0;
        return true;
    }();
    static_assert(has_alphas,
                  "[pit.5] there is nothing to prune: every group of channels is frozen by the input, "
                  "the output, Exclude or Multiple");

    static constexpr bool drawn_all_at_once = !quantizes || !SearchType::choice_options::sampling::scored;
    static_assert(!fits || Bits::lots_fit, "[mps.5] 0 bits prune single channels: add PerChannel");
    static_assert(!fits || drawn_all_at_once,
                  "[mps.6] Mps has no SinglePath; take Softmax, Gumbel, HardGumbel or Hard");
    static_assert(!fits || Bits::steps_learnable,
                  "[mps.11] LearnedSteps takes weights of 2 bits or more; leave out 1 bit, or LearnedSteps");
    static constexpr bool zeros_stay = !TransformedNetwork<Net> || Bits::fewest_bits >= 2;
    static_assert(!fits || !Bits::lots_fit || zeros_stay,
                  "[mps.13] the weights of the network are transformed: 0 bits would prune single channels, "
                  "and 1 bit has no 0; take Weights of 2 bits or more, and prune by Mps<Pit<...>>");
    static constexpr bool sound = fits && excludes_layers && has_alphas && Bits::lots_fit &&
                                  drawn_all_at_once && Bits::steps_learnable && zeros_stay;
    static constexpr bool names_found = [] {
        if constexpr (sound && quantizes)
            return SearchType::bit_space::restrictions_found;
        return true;
    }();
    static constexpr bool names_usable = [] {
        if constexpr (sound && quantizes && names_found)
            return SearchType::bit_space::restrictions_usable;
        return true;
    }();
    static constexpr bool priced = [] {
        if constexpr (sound && names_found && names_usable)
            return Bits::template prices_all<typename SearchType::costs>;
        return true;
    }();
    static_assert(
        names_found,
        "[mps.7] Only or Exclude names a layer that the network does not have, or that has no weights; "
        "describe<Net>() lists the paths");
    static_assert(
        names_usable,
        "[mps.8] Only names bits that the search does not have, or several of them leave a layer none");
    static_assert(priced, "[mps.9] a cost has no price for some layer with some of the bits of the search; "
                          "the cost's header says which it has");

    static constexpr bool costs_known =
        !fits || RegularizerTraits<typename SearchType::regularizer>::template knows_its_costs<
                     typename SearchType::costs>;
    static_assert(costs_known || quantizes || !prunes,
                  "[pit.6] the regularizer speaks of a cost that Cost<...> does not list, or does "
                  "not say which of several");
    static_assert(costs_known || quantizes || prunes,
                  "[super_net.5] the regularizer speaks of a cost that Cost<...> does not list, or does not "
                  "say which of several");
    static_assert(costs_known || !quantizes,
                  "[mps.10] the regularizer speaks of a cost that Cost<...> does not list, or does "
                  "not say which of several");

public:
    static constexpr bool usable = sound && names_found && names_usable && priced && costs_known;
};

/// A search as all words for one say it in the end: a network, the methods in one order, costs, a regularizer
/// and how shares are drawn. Words that mean the same are the same type here, however they are nested.
template <class Net, class MethodList, class Costs, class Regularizer, class DrawingType>
struct LoweredSearch;

template <class Net, class... List, class Costs, class Regularizer, class DrawingType>
struct LoweredSearch<Net, Methods<List...>, Costs, Regularizer, DrawingType> {
    using search = LoweredSearch;
    using network = Net;
    using costs = Costs;
    using regularizer = Regularizer;
    using choices = typename detail::MethodAt<0, List...>::type;
    using widths = typename detail::MethodAt<1, List...>::type;
    using bits = typename detail::MethodAt<2, List...>::type;
    /// How shares are drawn, and what makes choices decided.
    struct choice_options : DrawingType,
                            std::conditional_t<is_present<choices>, choices, methods::Choices<>> {};
    static constexpr bool chooses = is_present<choices>, prunes = is_present<widths>,
                          quantizes = is_present<bits>;
    using space = typename detail::WidthsOf<widths, Net>::space;
    static constexpr bool relaxed = detail::WidthsOf<widths, Net>::relaxed;
    using bit_space = typename detail::BitsOf<bits, space>::space; // void without Bits
    using prices = typename detail::BitsOf<bits, space>::prices;

    /// Smallest and largest value of each cost, over all that can be found.
    static constexpr std::array<Bounds, costs::size> bounds = [] {
        if constexpr (SearchChecks<LoweredSearch>::usable)
            return prices::template bounds<costs>;
        else
            return std::array<Bounds, costs::size>{};
    }();
    /// The limits of the regularizer in the units of their costs.
    static constexpr std::array<double, detail::limit_count<regularizer>> limits = [] {
        using Traits = RegularizerTraits<regularizer>;
        if constexpr (SearchChecks<LoweredSearch>::usable)
            if constexpr (Traits::template feasible<prices, costs>)
                return Traits::template limits<prices, costs>;
        return std::array<double, detail::limit_count<regularizer>>{};
    }();
};

namespace detail {

/// Calls f<number, cost>() for every limit of a search.
template <class Search, class Function>
constexpr void for_each_limit(const Function& f) {
    using Costs = typename Search::costs;
    [&]<std::size_t... Place>(std::index_sequence<Place...>) {
        [[maybe_unused]] constexpr auto indices =
            RegularizerTraits<typename Search::regularizer>::template cost_indices<Costs>;
        (f.template operator()<Place, cost_at<static_cast<std::size_t>(indices[Place]), Costs>>(), ...);
    }
    (std::make_index_sequence<Search::limits.size()>{});
}

} // namespace detail

/// A description of a search: what Model<...> runs.
template <class SearchType>
concept SearchDescription = requires {
    typename SearchType::search;
    typename SearchType::network;
    typename SearchType::costs;
    SearchType::limits;
};
/// One that chooses bits.
template <class SearchType>
concept BitSearchDescription = SearchDescription<SearchType> && SearchType::quantizes;

} // namespace pliny
