// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/atomic_file.hpp>
#include <pliny/meta/is_finite.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

namespace pliny::detail {

/// A JSON object of a file, read field by field; FileError names the file, the field, what was found and what
/// was expected. The object must outlive this.
class JsonFields {
public:
    JsonFields(const std::filesystem::path& file, const nlohmann::ordered_json& object,
               std::string where = "")
        : path_(file), object_(&object), where_(std::move(where)) {
        if (!object.is_object())
            wrong(where_.empty() ? "the whole" : where_, object, "an object");
    }

    const nlohmann::ordered_json& json() const { return *object_; }
    std::vector<std::string> names() const {
        std::vector<std::string> names;
        for (const auto& item : object_->items())
            names.push_back(item.key());
        return names;
    }

    bool is_null(const std::string& name) const { return field(name).is_null(); }
    std::string text(const std::string& name) const {
        const auto& value = field(name);
        if (!value.is_string())
            wrong(full(name), value, "a text");
        return value.get<std::string>();
    }
    /// A finite number.
    double number(const std::string& name) const { return finite(full(name), field(name)); }
    /// A whole number, at least `least`.
    template <class Integer>
    Integer integer(const std::string& name, Integer least) const {
        const auto& value = field(name);
        const bool fits = value.is_number_unsigned()
                              ? value.get<std::uint64_t>() <=
                                    static_cast<std::uint64_t>(std::numeric_limits<Integer>::max())
                              : value.is_number_integer() &&
                                    value.get<std::int64_t>() >= std::numeric_limits<Integer>::min();
        if (!fits || value.get<Integer>() < least)
            wrong(full(name), value, "a whole number from " + std::to_string(least));
        return value.get<Integer>();
    }
    JsonFields object(const std::string& name) const { return {path_, field(name), full(name)}; }
    std::vector<JsonFields> list(const std::string& name) const {
        const auto& value = field(name);
        if (!value.is_array())
            wrong(full(name), value, "a list");
        std::vector<JsonFields> items;
        for (std::size_t i = 0; i < value.size(); ++i)
            items.emplace_back(path_, value[i], full(name) + "[" + std::to_string(i) + "]");
        return items;
    }
    /// Lists of finite numbers; none where there is no such field.
    std::vector<std::vector<double>> number_lists(const std::string& name) const {
        std::vector<std::vector<double>> lists;
        if (!object_->contains(name))
            return lists;
        const auto& value = field(name);
        if (!value.is_array())
            wrong(full(name), value, "a list");
        for (std::size_t i = 0; i < value.size(); ++i) {
            const std::string inside = full(name) + "[" + std::to_string(i) + "]";
            if (!value[i].is_array())
                wrong(inside, value[i], "a list");
            std::vector<double>& numbers = lists.emplace_back();
            for (std::size_t k = 0; k < value[i].size(); ++k)
                numbers.push_back(finite(inside + "[" + std::to_string(k) + "]", value[i][k]));
        }
        return lists;
    }

private:
    const nlohmann::ordered_json& field(const std::string& name) const {
        const auto found = object_->find(name);
        if (found == object_->end())
            file_error(path_, "found no field " + full(name));
        return *found;
    }
    std::string full(const std::string& name) const { return where_.empty() ? name : where_ + "." + name; }

    double finite(const std::string& name, const nlohmann::ordered_json& value) const {
        if (!value.is_number() || !is_finite(value.get<double>()))
            wrong(name, value, "a number");
        return value.get<double>();
    }

    [[noreturn]] void wrong(const std::string& name, const nlohmann::ordered_json& found,
                            const std::string& expected) const {
        using Json = nlohmann::ordered_json;
        std::string text = found.is_structured() ? std::string("an ") + found.type_name()
                                                 : found.dump(-1, ' ', true, Json::error_handler_t::replace);
        if (text.size() > 80)
            text = text.substr(0, 80) + "...";
        file_error(path_, "field " + name + ": found " + text + "; expected " + expected);
    }

    std::filesystem::path path_;
    const nlohmann::ordered_json* object_;
    std::string where_;
};

} // namespace pliny::detail
