// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>
#include <utility>

namespace pliny {

/// A flat list of types.
template <class... Items>
struct List {
    static constexpr int size = sizeof...(Items);
};

template <class... Lists>
struct JoinLists;

template <>
struct JoinLists<> {
    using type = List<>;
};
template <class... A>
struct JoinLists<List<A...>> {
    using type = List<A...>;
};
template <class... A, class... B, class... Rest>
struct JoinLists<List<A...>, List<B...>, Rest...> : JoinLists<List<A..., B...>, Rest...> {};
// Eight at a time: a network of hundreds of blocks stays shallow.
template <class... A, class... B, class... C, class... D, class... E, class... F, class... G, class... H,
          class... Rest>
struct JoinLists<List<A...>, List<B...>, List<C...>, List<D...>, List<E...>, List<F...>, List<G...>,
                 List<H...>, Rest...>
    : JoinLists<List<A..., B..., C..., D..., E..., F..., G..., H...>, Rest...> {};

template <class... Lists>
using Join = typename JoinLists<Lists...>::type;

namespace detail {

template <int Index, class Item>
struct Indexed {
    using type = Item;
};
template <class Indices, class... Items>
struct IndexedItems;
template <int... Index, class... Items>
struct IndexedItems<std::integer_sequence<int, Index...>, Items...> : Indexed<Index, Items>... {};

template <int Index, class Item>
Indexed<Index, Item> pick(Indexed<Index, Item>*);
template <int Index, class... Items>
auto item_of(List<Items...>) -> decltype(pick<Index>(
    static_cast<IndexedItems<std::make_integer_sequence<int, sizeof...(Items)>, Items...>*>(nullptr)));

} // namespace detail

/// The type at a position of a list.
template <int Index, class L>
using ItemAt = typename decltype(detail::item_of<Index>(L{}))::type;

template <class Item, class... Items>
inline constexpr int count_of = (0 + ... + static_cast<int>(std::is_same_v<Item, Items>));

} // namespace pliny
