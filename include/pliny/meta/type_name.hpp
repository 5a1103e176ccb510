// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace pliny {

/// The name of a type as the compiler writes it, without the namespace: `Cnn`.
template <class T>
constexpr std::string_view type_name() {
    const std::string_view text =
        __PRETTY_FUNCTION__; // g++, clang: "... [with T = pliny::Cnn; ...]", "... [T = pliny::Cnn]"
    const std::size_t first = text.find("T = ") + 4;
    std::string_view name = text.substr(first, text.find_first_of(";]", first) - first);
    if (name.starts_with("pliny::"))
        name.remove_prefix(7);
    return name;
}

} // namespace pliny
