// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/real.hpp>

#include <cstddef>
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

namespace detail {

/// Rewrites every `opening ... closing`, what is between them as `spell` says.
template <class Spell>
void respell(std::string& name, std::string_view opening, char closing, const Spell& spell) {
    const char inner = closing == '}' ? '{' : '<';
    for (std::size_t at = 0; (at = name.find(opening, at)) != name.npos;) {
        const std::size_t first = at + opening.size();
        std::size_t end = first;
        bool quoted = false;
        for (std::size_t depth = 1; end < name.size(); ++end) {
            quoted = quoted != (name[end] == '"');
            if (!quoted && name[end] == closing && --depth == 0)
                break;
            if (!quoted && name[end] == inner)
                ++depth;
        }
        if (end == name.size())
            return;
        const std::string by = spell(name.substr(first, end - first));
        name.replace(at, end + 1 - at, by);
        at += by.empty() ? 0u : 1u;
    }
}
inline void replace_all(std::string& name, std::string_view old, std::string_view by) {
    for (std::size_t at = 0; (at = name.find(old, at)) != name.npos; at += by.size())
        name.replace(at, old.size(), by);
}
inline void replace_word(std::string& name, std::string_view old, std::string_view by) {
    const auto in_word = [&](std::size_t at) {
        constexpr std::string_view letters =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
        return at < name.size() && letters.find(name[at]) != letters.npos;
    };
    for (std::size_t at = 0; (at = name.find(old, at)) != name.npos;)
        if ((at > 0 && in_word(at - 1)) || in_word(at + old.size())) {
            at += old.size();
        } else {
            name.replace(at, old.size(), by);
            at += by.size();
        }
}
/// The number alone that stands behind all commas as well: `3, 3` is `3`.
inline std::string once(const std::string& numbers) {
    const std::string first = numbers.substr(0, numbers.find(", "));
    std::string repeated = first;
    while (repeated.size() < numbers.size())
        repeated += ", " + first;
    return repeated == numbers ? first : numbers;
}

/// A type's name as a user writes the type.
inline std::string respelled(std::string name) {
    replace_all(name, "pliny::", "");
    replace_all(name, "()", "");
    respell(name, "Real{", '}', [](const std::string& number) { // digits, decimal places
        const std::size_t comma = number.find(", ");
        return spelled(Real(std::stoll(number), std::stoi(number.substr(comma + 2))));
    });
    respell(name, "Percentage{", '}', [](const std::string& number) { return "Percent<" + number + ">"; });
    respell(name, "Path{", '}', [](const std::string& path) { return path.substr(0, path.rfind(", ")); });
    respell(name, "LayerKey{", '}', [](const std::string& key) { // path, kind, whether it is the path
        const std::size_t kind = key.find("Kind::");
        return key.ends_with("true") ? key.substr(0, kind - 2) : key.substr(kind, key.rfind(", ") - kind);
    });
    respell(name, "FixedString<", '>', [](const std::string&) { return std::string("String"); });
    respell(name, "String{", '}', [](const std::string& text) { return text; });
    respell(name, "<Size{", '}', [](std::string size) { // -1 stands for numbers that are not given
        replace_all(size, ", -1", "");
        return "<" + (size.find(", ") == size.npos ? size : "Size{" + size + "}");
    });
    for (const std::string word : {"Kernel<", "Stride<", "Padding<", "Dilation<"})
        respell(name, word, '>', [&](const std::string& numbers) { return word + once(numbers) + ">"; });
    replace_all(name, "{}", "");
    replace_all(name, ", detail::SoleCost", "");
    replace_all(name, "Ne16Model<BlockSlope::Mean>", "Ne16Latency");
    replace_all(name, "DianaModel<BlockSlope::Mean>", "DianaLatency");
    replace_all(name, "ParallelCost<", "InParallel<");
    for (const std::string cost : {"Params", "ParamsNoBias", "ParamsBit", "Ops", "OpsNoBias", "OpsBit",
                                   "MpicLatency", "MpicEnergy"}) // constants, and their structs
        replace_word(name, cost + "Cost", cost);
    replace_all(name, "DropoutWith<", "Dropout::With<");
    replace_all(name, "LeakyReLUWith<", "LeakyReLU::With<");
    replace_all(name, "BatchNorm<3, ", "BatchNorm2d::With<");
    replace_all(name, "BatchNorm<1, ", "BatchNorm1d::With<");
    while (name.find("> >") != name.npos)
        replace_all(name, "> >", ">>");
    return name;
}

} // namespace detail

/// The name of a type as a user writes it: `Pit<Cnn, Cost<Params>, Strength<1e-6>>`, where g++ has
/// `pliny::Pit<pliny::Cnn, pliny::Cost<pliny::ParamsCost()>, pliny::Strength<pliny::Real{1, 6}> >`. (clang
/// names no costs.)
template <class Type>
std::string spelled_type() {
    return detail::respelled(std::string(type_name<Type>()));
}

} // namespace pliny
