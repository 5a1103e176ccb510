// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/train/json_fields.hpp>
#include <pliny/train/training_state.hpp>

#include <boost/hana/accessors.hpp>
#include <boost/hana/concept/struct.hpp>
#include <boost/hana/first.hpp>
#include <boost/hana/for_each.hpp>
#include <boost/hana/second.hpp>
#include <boost/hana/string.hpp>
#include <boost/hana/tuple.hpp>

#include <nlohmann/json.hpp>

#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace pliny::detail {

/// What names its members, by BOOST_HANA_ADAPT_STRUCT beside the functions that write or read it: each is a
/// field of an object, in that order.
template <class Type>
concept Record = boost::hana::Struct<Type>::value;

inline nlohmann::ordered_json to_json(const CostValues& values) {
    auto json = nlohmann::ordered_json::object();
    for (const auto& [name, value] : values)
        json[name] = value;
    return json;
}
template <Record Type>
nlohmann::ordered_json to_json(const Type& record);

/// A member as JSON.
template <class Value>
nlohmann::ordered_json field_json(const Value& value) {
    if constexpr (Record<Value> || std::is_same_v<Value, CostValues>)
        return to_json(value);
    else
        return value;
}
template <class Value>
nlohmann::ordered_json field_json(const std::optional<Value>& value) {
    return value ? field_json(*value) : nlohmann::ordered_json();
}

template <Record Type>
nlohmann::ordered_json to_json(const Type& record) {
    auto json = nlohmann::ordered_json::object();
    boost::hana::for_each(boost::hana::accessors<Type>(), [&](const auto& member) {
        json[boost::hana::first(member).c_str()] = field_json(boost::hana::second(member)(record));
    });
    return json;
}
template <Record Type>
nlohmann::ordered_json to_json(const std::vector<Type>& records) {
    auto json = nlohmann::ordered_json::array();
    for (const Type& record : records)
        json.push_back(to_json(record));
    return json;
}

inline void read_field(const JsonFields& fields, const std::string& name, std::string& value) {
    value = fields.text(name);
}
inline void read_field(const JsonFields& fields, const std::string& name, double& value) {
    value = fields.number(name);
}
/// Whole numbers count from what a new record has.
template <std::integral Integer>
void read_field(const JsonFields& fields, const std::string& name, Integer& value) {
    value = fields.integer<Integer>(name, value);
}
inline void read_field(const JsonFields& fields, const std::string& name, std::optional<double>& value) {
    if (!fields.is_null(name))
        value = fields.number(name);
}
inline void read_field(const JsonFields& fields, const std::string& name, CostValues& values) {
    const JsonFields costs = fields.object(name);
    for (const std::string& cost : costs.names())
        values.emplace_back(cost, costs.number(cost));
}

/// What to_json wrote; FileError names the field that is missing or wrong.
template <Record Type>
Type record_of(const JsonFields& fields) {
    Type record;
    boost::hana::for_each(boost::hana::accessors<Type>(), [&](const auto& member) {
        read_field(fields, boost::hana::first(member).c_str(), boost::hana::second(member)(record));
    });
    return record;
}

} // namespace pliny::detail
