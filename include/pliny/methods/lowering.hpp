// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/network.hpp>
#include <pliny/meta/list.hpp>
#include <pliny/methods/parts.hpp>
#include <pliny/methods/search.hpp>

#include <array>
#include <type_traits>

namespace pliny {

/// A word for a search, `Word<Subject, Parts...>`, whose subject is a network or a search told by another
/// word. Each word specialises this with
///
///     using subject = Subject;
///     using parts = List<Parts...>;
///     using method = ...;          // what it adds to Methods<...>
///     using default_costs = ...;   // where it is the outermost and no costs are told; void: they must be
///     using check = ...;           // reports what is wrong with it; check::valid
template <class Described>
struct SearchWord {
    static constexpr bool known = false;
};

namespace detail {

/// What can be searched: a network, or what another search leaves undecided. That one is not looked into:
/// alone it may lack what is told outside.
template <class Described>
inline constexpr bool is_subject = [] {
    if constexpr (SearchWord<Described>::known)
        return true;
    else
        return DescribedNetwork<Described>;
}();
template <class Described>
inline constexpr bool subject_valid = [] {
    if constexpr (SearchWord<Described>::known)
        return SearchWord<Described>::check::valid;
    else
        return DescribedNetwork<Described>;
}();

/// What the words of a nest say together: the network, the methods from the inside out, and the parts that
/// concern all of them, from the outside in.
template <class Described>
struct Nest {
    using network = Described;
    using methods = List<>;
    using shared = List<>;
};
template <class... Parts>
using SharedParts = Append<PartsOf<roles::Costs, Parts...>, PartsOf<roles::Regularizer, Parts...>,
                           PartsOf<roles::Sampling, Parts...>, PartsOf<roles::Temperature, Parts...>>;
template <class PartList>
struct SharedOf;
template <class... Parts>
struct SharedOf<List<Parts...>> {
    using type = SharedParts<Parts...>;
};
template <class Described>
    requires(SearchWord<Described>::known)
struct Nest<Described> {
    using Word = SearchWord<Described>;
    using Inner = Nest<typename Word::subject>;
    using network = typename Inner::network;
    using methods = Append<typename Inner::methods, List<typename Word::method>>;
    using shared = Append<typename SharedOf<typename Word::parts>::type, typename Inner::shared>;
};

template <class Method>
using PresentAlone = std::conditional_t<is_present<Method>, List<Method>, List<>>;

/// The rules between methods which decide what each of them does: where channels are pruned by masks, no bits
/// are 0, as one mask a channel is enough.
template <class MethodList>
struct Ordered;
template <class... Found>
struct Ordered<List<Found...>> {
    template <int Order>
    using At = typename MethodAt<Order, Found...>::type;
    using Bits = At<2>;
    template <class Method>
    struct WithMasks {
        using type = Method;
    };
    template <class Method>
        requires requires { typename Method::without_pruning; }
    struct WithMasks<Method> {
        using type = typename Method::without_pruning;
    };
    using BitsBeside =
        typename std::conditional_t<is_present<At<1>>, WithMasks<Bits>, std::type_identity<Bits>>::type;
    template <class MethodsInOrder>
    struct AsMethods;
    template <class... Each>
    struct AsMethods<List<Each...>> {
        using type = Methods<Each...>;
    };
    using type =
        typename AsMethods<Append<PresentAlone<At<0>>, PresentAlone<At<1>>, PresentAlone<BitsBeside>>>::type;
    static constexpr bool distinct = [] {
        int times[3]{};
        ((++times[Found::order]), ...);
        return times[0] <= 1 && times[1] <= 1 && times[2] <= 1;
    }();
};

template <class Net, class MethodList, class SharedList, class DefaultCosts>
struct Together;
template <class Net, class MethodList, class... Shared, class DefaultCosts>
struct Together<Net, MethodList, List<Shared...>, DefaultCosts> {
    static constexpr bool methods_distinct = Ordered<MethodList>::distinct;
    static constexpr bool shared_distinct = parts_distinct<Shared...>;
    using costs = PartOr<roles::Costs, DefaultCosts, Shared...>;
    static constexpr bool has_costs = !std::is_void_v<costs>;
    using type = LoweredSearch<Net, typename Ordered<MethodList>::type, costs,
                               PartOr<roles::Regularizer, NoRegularizer, Shared...>,
                               methods::Drawing<PartOr<roles::Sampling, Softmax, Shared...>,
                                                PartOr<roles::Temperature, Temperature<1>, Shared...>>>;
};

/// Nothing, where a word is wrong, which has been reported.
struct NoSearch {};
/// A search without costs, which may be named inside of one that tells them; alone it is reported.
template <class Word>
struct NoCosts {
    using search = NoCosts;
    using network = typename Nest<Word>::network;
    using costs = void;
    static constexpr std::array<double, 0> limits = [] {
        static_assert(!std::is_void_v<typename SearchWord<Word>::default_costs>,
                      "[pit.2] Pit has no costs; write Pit<Net, Cost<Params>>");
        return std::array<double, 0>{};
    }();
};

template <class Word, bool Valid>
struct LoweredWord {
    using type = NoSearch;
};
template <class Word>
struct LoweredWord<Word, true> {
    using All = Nest<Word>;
    using Parts = Together<typename All::network, typename All::methods, typename All::shared,
                           typename SearchWord<Word>::default_costs>;
    static_assert(Parts::methods_distinct, "[search.1] a search stands twice in itself; keep one of the two");
    static_assert(!Parts::methods_distinct || Parts::shared_distinct,
                  "[search.2] Cost, a regularizer, a sampling or Temperature is told in the search and again "
                  "in the one inside it; keep one of them");
    static constexpr bool sound = Parts::methods_distinct && Parts::shared_distinct;
    using type = typename std::conditional_t<
        !sound, std::type_identity<NoSearch>,
        std::conditional_t<Parts::has_costs, Parts, std::type_identity<NoCosts<Word>>>>::type;
};

/// The search that a word means; what is wrong with it is reported first.
template <class Word>
using SearchOf = typename LoweredWord<Word, SearchWord<Word>::check::valid>::type;

} // namespace detail

/// The one description of a search: equal for words that mean the same,
/// `Lowered<SuperNet<Pit<Net>, Cost<Params>>>` and `Lowered<Pit<SuperNet<Net>, Cost<Params>>>`.
template <class Word>
using Lowered = typename Word::search;

} // namespace pliny
