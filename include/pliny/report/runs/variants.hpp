// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/fields.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pliny::report {

namespace detail {

/// +1 for a bracket that opens, -1 for one that closes.
inline int bracket(char c) {
    return std::string_view("<{(").find(c) != std::string_view::npos   ? 1
           : std::string_view(">})").find(c) != std::string_view::npos ? -1
                                                                       : 0;
}

/// Where the template begins of which `at` is an argument; 0 outside of all.
inline std::size_t enclosing(const std::string& type, std::size_t at) {
    int depth = 0;
    while (at > 0 && depth <= 0)
        depth += bracket(type[--at]);
    return at == 0 ? 0 : type.find_last_of("< ", at - 1) + 1;
}

} // namespace detail

/// The first argument in which a type differs from others: of "Pit<Cnn, Duccio<Limit<Percent<50>>>>", beside
/// the same with 25, "Percent<50>".
inline std::string differing_part(const std::string& type, const std::vector<std::string>& others) {
    std::size_t first = type.size();
    for (const std::string& other : others)
        if (other != type)
            first = std::min(first,
                             static_cast<std::size_t>(
                                 std::mismatch(type.begin(), type.end(), other.begin(), other.end()).first -
                                 type.begin()));
    first = first == 0 ? 0 : type.find_last_of("< ", first - 1) + 1;
    while (first > 0 && (first == type.size() || !std::isalpha(static_cast<unsigned char>(type[first]))))
        first = detail::enclosing(type, first); // a number alone says little
    std::size_t last = first;
    for (int depth = 0; last < type.size(); ++last) {
        if (depth == 0 && (type[last] == ',' || detail::bracket(type[last]) < 0))
            break;
        depth += detail::bracket(type[last]);
    }
    return type.substr(first, last - first);
}

/// Something in which runs of one program may differ, and how it is said.
struct Trait {
    std::string name{};
    std::string words{};
    bool operator==(const Trait&) const = default;
};

/// What an option is where nobody says otherwise: as the first report says that has its default, or else "0"
/// or nothing, which stand for what is not asked for.
inline bool is_usual(const std::string& option, const Json& value, std::span<const Json> reports) {
    for (const Json& report : reports)
        if (const Json& usual = field(report, {"defaults", option.c_str()}); !usual.is_null())
            return value == usual;
    const std::string words = value.is_string() ? value.get<std::string>() : in_words(value);
    return words.empty() || words == "0";
}

/// All traits of a run but the data and the seed.
inline std::vector<Trait> traits_of(const Json& report) {
    static constexpr std::array elsewhere{"--seed",    "--out",   "--data",   "--dataset", "--device",
                                          "--threads", "--quiet", "--resume", "--restart", "--no-baseline"};
    std::vector<Trait> settings;
    if (const Json& all = field(report, {"settings"}); all.is_object())
        for (const auto& [name, value] : all.items())
            if (std::find(elsewhere.begin(), elsewhere.end(), name) == elsewhere.end())
                settings.push_back({name, value == "yes" ? name : name + " " + in_words(value)});
    std::sort(settings.begin(), settings.end(),
              [](const Trait& a, const Trait& b) { return a.name < b.name; });
    std::vector<Trait> traits{{"search", text_at(report, {"search"}, "plain")},
                              {"network", short_name(text_at(report, {"network"}))},
                              {"device", text_at(report, {"device"})},
                              {"threads", in_words(field(report, {"threads"})) + " threads"}};
    traits.insert(traits.end(), settings.begin(), settings.end());
    return traits;
}

/// Equal for runs that differ in data and seed at most.
inline std::string variant_of(const Json& report) {
    std::string key = text_at(report, {"program"});
    for (const Trait& trait : traits_of(report))
        key += '\n' + trait.words;
    return key;
}

/// The program, followed by what the other reports of that program have differently; options are named where
/// they are not at their defaults.
inline std::string variant_in_words(const Json& report, std::span<const Json> reports) {
    const std::string program = text_at(report, {"program"});
    std::vector<std::vector<Trait>> others;
    std::vector<std::string> searches;
    std::vector<Json> same;
    for (const Json& other : reports)
        if (text_at(other, {"program"}) == program) {
            same.push_back(Json{{"defaults", field(other, {"defaults"})}});
            others.push_back(traits_of(other));
            if (const std::string search = text_at(other, {"search"}); !search.empty())
                searches.push_back(search);
        }
    std::string differences;
    for (const Trait& trait : traits_of(report)) {
        if (std::all_of(others.begin(), others.end(), [&](const std::vector<Trait>& theirs) {
                return std::find(theirs.begin(), theirs.end(), trait) != theirs.end();
            }))
            continue;
        if (trait.name.starts_with("--") &&
            is_usual(trait.name, field(report, {"settings", trait.name.c_str()}), same))
            continue;
        const bool search = trait.name == "search" && trait.words != "plain";
        differences += (differences.empty() ? ": " : ", ") +
                       (search ? differing_part(trait.words, searches) : trait.words);
    }
    return program + differences;
}

} // namespace pliny::report
