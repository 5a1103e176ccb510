// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace pliny {

/// The name of a type as the compiler writes it, without the namespace: `Cnn`.
template <class Type>
constexpr std::string_view type_name() {
    const std::string_view text =
        __PRETTY_FUNCTION__; // g++, clang: "... [with Type = pliny::Cnn; ...]", "... [Type = pliny::Cnn]"
    const std::size_t first = text.find("Type = ") + 7;
    std::string_view name = text.substr(first, text.find_first_of(";]", first) - first);
    if (name.starts_with("pliny::"))
        name.remove_prefix(7);
    return name;
}

/// The name of a type closer to how a user writes it: `Pit<Cnn, Cost<Params>>`, where the compiler has
/// `pliny::Pit<pliny::Cnn, pliny::Cost<pliny::Params()> >`.
template <class Type>
std::string spelled_type() {
    std::string name(type_name<Type>());
    const auto replace_all = [&](std::string_view old, std::string_view by) {
        for (std::size_t at = 0; (at = name.find(old, at)) != name.npos; at += by.size())
            name.replace(at, old.size(), by);
    };
    replace_all("pliny::", "");
    replace_all("()", "");
    replace_all("{}", "");
    for (std::size_t at = 0; (at = name.find("> >", at)) != name.npos;)
        name.erase(at + 1, 1);
    constexpr std::string_view percentage = "Percentage{Real{"; // digits, decimal places
    for (std::size_t at = 0; (at = name.find(percentage, at)) != name.npos;) {
        const std::size_t comma = name.find(", ", at), end = name.find("}}", at);
        std::string digits = name.substr(at + percentage.size(), comma - at - percentage.size());
        const std::size_t places = std::stoul(name.substr(comma + 2, end - comma - 2));
        if (places > 0) {
            digits.insert(0, digits.size() <= places ? places + 1 - digits.size() : 0, '0');
            digits.insert(digits.size() - places, ".");
        }
        name.replace(at, end + 2 - at, "Percent<" + digits + ">");
    }
    return name;
}

} // namespace pliny
