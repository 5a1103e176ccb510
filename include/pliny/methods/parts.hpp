// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/list.hpp>
#include <pliny/methods/sampling.hpp>
#include <pliny/quantizers/uniform_grid.hpp>
#include <pliny/regularizers/feasibility.hpp>

#include <boost/hana/map.hpp>
#include <boost/hana/pair.hpp>
#include <boost/hana/type.hpp>

#include <type_traits>

namespace pliny {
namespace roles {

/// Of what says no role and is nothing that a search knows.
struct Unknown {};
/// Of regularizers and of quantizers of weights, which need not say it.
struct Regularizer {};
struct Quantizer {};

} // namespace roles

namespace detail {

template <class Part>
struct CheckedQuantizer {
    static constexpr bool sound = [] {
        if constexpr (WeightQuantizer<Part>)
            return std::is_same_v<Part, UniformGrid> || (Part::name != "" && Part::name != UniformGrid::name);
        return false;
    }();
    static_assert(sound,
                  "[quantizer.1] a quantizer of weights is a struct without members, with a name of its own, "
                  "scale(channel, bits), code(w, scale, bits) and value(code, scale, bits), all constexpr, "
                  "which give float, int and float; see quantizers/concept.hpp");
    using role = roles::Quantizer;
};

/// What an argument of a search is for: the `role` that it says, a type of anybody's, or that of its concept.
/// The part, which checks its numbers, is instantiated here.
template <class Part>
constexpr auto role_of() {
    if constexpr (requires { typename Part::role; })
        return std::type_identity<typename Part::role>{};
    else if constexpr (Sampling<Part>)
        return std::type_identity<roles::Sampling>{};
    else if constexpr (RegularizerTraits<Part>::known)
        return std::type_identity<roles::Regularizer>{};
    else if constexpr (NamesCodes<Part>)
        return std::type_identity<typename CheckedQuantizer<Part>::role>{};
    else
        return std::type_identity<roles::Unknown>{};
}
template <class Part>
using RoleOf = typename decltype(role_of<Part>())::type;

/// Whether a search takes several parts of a role.
template <class Role>
inline constexpr bool is_repeatable = requires {
    requires Role::repeatable;
};

/// Whether all parts have one of the roles that a search takes.
template <class RoleList, class... Parts>
inline constexpr bool parts_among = false;
template <class... Roles, class... Parts>
inline constexpr bool parts_among<List<Roles...>, Parts...> = ((count_of<RoleOf<Parts>, Roles...> > 0) &&
                                                               ...);
/// Whether no two parts have one role, unless a search takes several of it.
template <class... Parts>
inline constexpr bool parts_distinct =
    ((is_repeatable<RoleOf<Parts>> || count_of<RoleOf<Parts>, RoleOf<Parts>...> == 1) && ...);

/// The parts of a role, in their order.
template <class Role, class... Parts>
using PartsOf = Append<std::conditional_t<std::is_same_v<RoleOf<Parts>, Role>, List<Parts>, List<>>...>;

/// Role -> part, of parts of which a search takes one of a role; nothing where one is told twice.
template <class PartList>
inline constexpr auto parts_by_role = boost::hana::make_map();
template <class... Parts>
    requires parts_distinct<Parts...>
inline constexpr auto parts_by_role<List<Parts...>> = boost::hana::make_map(
    boost::hana::make_pair(boost::hana::type<RoleOf<Parts>>{}, boost::hana::type<Parts>{})...);
template <class... Parts>
using SingleParts = Append<std::conditional_t<is_repeatable<RoleOf<Parts>>, List<>, List<Parts>>...>;

/// The part of a role, or the default.
template <class Role, class Default, class... Parts>
using PartOr =
    typename decltype(+boost::hana::find(parts_by_role<SingleParts<Parts...>>, boost::hana::type<Role>{})
                           .value_or(boost::hana::type<Default>{}))::type;

/// The quantizer of weights among the parts.
template <class... Parts>
using QuantizerOf = PartOr<roles::Quantizer, UniformGrid, Parts...>;

} // namespace detail
} // namespace pliny
