// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/core.hpp>

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

namespace pliny::test {

/// The blocks that a block with choices stands for, found from its type alone: `ways` how many, `at<I>` one
/// without any Choice.
template <class B>
struct Resolved {
    static constexpr int ways = 1;
    template <int>
    using at = B;
};

namespace detail {

template <template <class...> class Joined, class... Parts>
struct ResolvedJoin {
    static constexpr int ways = (1 * ... * Resolved<Parts>::ways);
    template <int I, class Indices>
    struct At;
    template <int I, int... P>
    struct At<I, std::integer_sequence<int, P...>> {
        /// Ways through the parts behind part p.
        static constexpr int behind(int p) {
            const int all[] = {1, Resolved<Parts>::ways...};
            int product = 1;
            for (int i = p + 1; i < static_cast<int>(sizeof...(Parts)); ++i)
                product *= all[i + 1];
            return product;
        }
        using type =
            Joined<typename Resolved<Parts>::template at<(I / behind(P)) % Resolved<Parts>::ways>...>;
    };
    template <int I>
    using at = typename At<I, std::make_integer_sequence<int, sizeof...(Parts)>>::type;
};

} // namespace detail

template <class... Blocks>
struct Resolved<Sequential<Blocks...>> : detail::ResolvedJoin<Sequential, Blocks...> {};
template <class... Branches>
struct Resolved<Add<Branches...>> : detail::ResolvedJoin<Add, Branches...> {};
template <class... Branches>
struct Resolved<Concat<Branches...>> : detail::ResolvedJoin<Concat, Branches...> {};
template <class Body, class Shortcut>
struct Resolved<Residual<Body, Shortcut>> : detail::ResolvedJoin<Residual, Body, Shortcut> {};
template <class B>
    requires has_own_name<B> // a Named; nvcc does not match Named<Name, B>
struct Resolved<B> : Resolved<typename B::body_type> {
};
template <int N, class B>
struct Resolved<Repeat<N, B>> : Resolved<Sequential<B, Repeat<N - 1, B>>> {};
template <class B>
struct Resolved<Repeat<1, B>> : Resolved<B> {};

template <>
struct Resolved<Choice<>> {
    static constexpr int ways = 0;
};
template <class First, class... Others>
struct Resolved<Choice<First, Others...>> {
    using Here = Resolved<First>;
    using There = Resolved<Choice<Others...>>;
    static constexpr int ways = Here::ways + There::ways;
    template <int I, bool IsHere>
    struct At {
        using type = typename Here::template at<I>;
    };
    template <int I>
    struct At<I, false> {
        using type = typename There::template at<I - Here::ways>;
    };
    template <int I>
    using at = typename At<I, (I < Here::ways)>::type;
};

/// One of the networks that Net stands for.
template <class Net, int I>
struct Way : Network<typename Net::input_type, typename Resolved<typename Net::body_type>::template at<I>> {};

template <class Net>
inline constexpr int ways = Resolved<typename Net::body_type>::ways;

/// Smallest and largest of `Of<Way>::value` over all networks that Net stands for.
template <class Net, template <class> class Smallest, template <class> class Largest>
inline constexpr std::array<double, 2> extremes_over_ways = []<int... I>(std::integer_sequence<int, I...>) {
    return std::array{std::min({static_cast<double>(Smallest<Way<Net, I>>::value)...}),
                      std::max({static_cast<double>(Largest<Way<Net, I>>::value)...})};
}
(std::make_integer_sequence<int, ways<Net>>{});

} // namespace pliny::test
