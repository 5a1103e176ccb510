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
struct AppendLists;

template <>
struct AppendLists<> {
    using type = List<>;
};
template <class... First>
struct AppendLists<List<First...>> {
    using type = List<First...>;
};
template <class... First, class... Second, class... Rest>
struct AppendLists<List<First...>, List<Second...>, Rest...>
    : AppendLists<List<First..., Second...>, Rest...> {};
// Eight at a time: a network of hundreds of blocks stays shallow.
template <class... First, class... Second, class... Third, class... Fourth, class... Fifth, class... Sixth,
          class... Seventh, class... Eighth, class... Rest>
struct AppendLists<List<First...>, List<Second...>, List<Third...>, List<Fourth...>, List<Fifth...>,
                   List<Sixth...>, List<Seventh...>, List<Eighth...>, Rest...>
    : AppendLists<List<First..., Second..., Third..., Fourth..., Fifth..., Sixth..., Seventh..., Eighth...>,
                  Rest...> {};

/// One list of the items of all.
template <class... Lists>
using Append = typename AppendLists<Lists...>::type;

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
template <int Index, class ItemList>
using ItemAt = typename decltype(detail::item_of<Index>(ItemList{}))::type;

template <class Item, class... Items>
inline constexpr int count_of = (0 + ... + static_cast<int>(std::is_same_v<Item, Items>));

} // namespace pliny
