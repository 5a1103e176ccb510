// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/page/numbers.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace pliny::report {

using Json = nlohmann::ordered_json;

/// The value under these keys, one inside the other; a null value where one of them is absent.
inline const Json& field(const Json& from, std::initializer_list<const char*> keys) {
    static const Json nothing;
    const Json* value = &from;
    for (const char* key : keys) {
        if (!value->is_object() || !value->contains(key))
            return nothing;
        value = &(*value)[key];
    }
    return *value;
}

/// The number there, if there is one.
inline std::optional<double> number_at(const Json& from, std::initializer_list<const char*> keys) {
    const Json& value = field(from, keys);
    return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

/// The text there, or `otherwise`.
inline std::string text_at(const Json& from, std::initializer_list<const char*> keys,
                           const std::string& otherwise = "") {
    const Json& value = field(from, keys);
    return value.is_string() ? value.get<std::string>() : otherwise;
}

/// The list there; an empty one where there is none.
inline const Json& list_at(const Json& from, std::initializer_list<const char*> keys) {
    static const Json empty = Json::array();
    const Json& value = field(from, keys);
    return value.is_array() ? value : empty;
}

namespace detail {

/// Keys of an object in the order of the file, those of `more` behind.
inline std::vector<std::string> keys_of(const Json& object, const Json& more = {}) {
    std::vector<std::string> keys{};
    for (const Json* from : {&object, &more})
        if (from->is_object())
            for (const auto& [key, value] : from->items())
                if (std::find(keys.begin(), keys.end(), key) == keys.end())
                    keys.push_back(key);
    return keys;
}

/// What a table shows of a number that may be absent.
inline std::string words_or_dash(const std::optional<double>& value, const auto& spell) {
    return value ? spell(*value) : "-";
}

} // namespace detail

/// A value in words: text as it is, numbers legibly, yes and no, "-" for nothing, lists with commas.
inline std::string in_words(const Json& value) {
    if (value.is_string())
        return value.get<std::string>();
    if (value.is_number())
        return figure(value.get<double>());
    if (value.is_boolean())
        return value.get<bool>() ? "yes" : "no";
    std::string words;
    if (value.is_structured())
        for (const auto& [key, part] : value.items())
            words += (words.empty() ? "" : ", ") + (value.is_object() ? key + " " : "") + in_words(part);
    return words.empty() ? "-" : words;
}

/// A key in words: "penalty_of_params" as "penalty of params".
inline std::string key_in_words(std::string key) {
    for (char& c : key)
        c = c == '_' ? ' ' : c;
    return key;
}

/// A layer by its path and, where the report says so, by what it is: "4 Conv2d 3x3".
inline std::string layer_in_words(const Json& layer) {
    const std::string name = text_at(layer, {"name"}), kind = text_at(layer, {"kind"});
    return kind.empty() ? name : name.empty() ? kind : name + " " + kind;
}

/// Whether a phase trains the unpruned network beside a search, for comparison only.
inline bool is_for_comparison(const Json& report, const std::string& phase) {
    return phase == "baseline" && text_at(report, {"method"}) != "none";
}

/// What the network is called that a found one is compared with.
inline std::string baseline_in_words(const Json& report) {
    return list_at(report, {"bits"}).empty() ? "unpruned" : "float32";
}

/// "batch128" as "batch 128".
inline std::string batch_in_words(const std::string& key) {
    return key.starts_with("batch") ? "batch " + key.substr(5) : key;
}

/// A type without its namespace at the front: "pliny::Cnn" as "Cnn".
inline std::string short_name(const std::string& type) {
    const std::size_t colons = type.substr(0, type.find('<')).rfind("::");
    return colons == std::string::npos ? type : type.substr(colons + 2);
}

} // namespace pliny::report
