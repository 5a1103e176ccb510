// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace pliny::detail {

/// Keywords of C++20, alternative spellings of operators, and words that have a meaning in some places.
inline constexpr std::array<std::string_view, 96> cpp_keywords{
    "alignas",     "alignof",   "and",        "and_eq",    "asm",      "auto",         "bitand",
    "bitor",       "bool",      "break",      "case",      "catch",    "char",         "char8_t",
    "char16_t",    "char32_t",  "class",      "compl",     "concept",  "const",        "consteval",
    "constexpr",   "constinit", "const_cast", "continue",  "co_await", "co_return",    "co_yield",
    "decltype",    "default",   "delete",     "do",        "double",   "dynamic_cast", "else",
    "enum",        "explicit",  "export",     "extern",    "false",    "float",        "for",
    "friend",      "goto",      "if",         "inline",    "int",      "long",         "mutable",
    "namespace",   "new",       "noexcept",   "not",       "not_eq",   "nullptr",      "operator",
    "or",          "or_eq",     "private",    "protected", "public",   "register",     "reinterpret_cast",
    "requires",    "return",    "short",      "signed",    "sizeof",   "static",       "static_assert",
    "static_cast", "struct",    "switch",     "template",  "this",     "thread_local", "throw",
    "true",        "try",       "typedef",    "typeid",    "typename", "union",        "unsigned",
    "using",       "virtual",   "void",       "volatile",  "wchar_t",  "while",        "xor",
    "xor_eq",      "final",     "override",   "import",    "module"};

/// Macros that headers of the standard library or compilers have defined, as far as they look like names.
inline constexpr std::array<std::string_view, 18> cpp_macros{
    "NULL",     "EOF",   "NAN",   "INFINITY", "HUGE_VAL", "BUFSIZ", "EDOM",  "ERANGE", "EILSEQ",
    "RAND_MAX", "errno", "stdin", "stdout",   "stderr",   "assert", "linux", "unix",   "i386"};

/// Names that Network or the header itself uses.
inline constexpr std::array<std::string_view, 6> network_names{"Rows",       "body_type", "init",
                                                               "input_type", "pliny",     "std"};

/// Why a struct that derives from `network` cannot have this name; empty where it can.
inline std::string name_problem(std::string_view name, std::string_view network) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    const auto part = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
    const auto among = [&](const auto& names) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    if (name.empty() || !letter(name[0]) || !std::all_of(name.begin(), name.end(), part))
        return "is not a C++ name";
    if (among(cpp_keywords))
        return "is a keyword of C++; expected a name of your own";
    if (name.find("__") != name.npos ||
        (name.size() > 1 && name[0] == '_' && name[1] >= 'A' && name[1] <= 'Z'))
        return "is reserved for the compiler; expected a name without two underscores and without an "
               "underscore "
               "before a capital";
    if (among(cpp_macros))
        return "is a macro of the standard library; expected a name of your own";
    for (std::size_t at = network.find(name); at != network.npos; at = network.find(name, at + 1)) {
        const std::size_t end = at + name.size();
        if ((at == 0 || !part(network[at - 1])) && (end == network.size() || !part(network[end])))
            return "occurs in the network itself; expected another name";
    }
    if (among(network_names))
        return "has a meaning in the header; expected another name";
    return {};
}

} // namespace pliny::detail
