// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/csv.hpp>
#include <pliny/datasets/csv_columns.hpp>
#include <pliny/datasets/dataset_error.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace pliny::detail {

inline std::string_view trimmed(std::string_view text) {
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && blank(text.back()))
        text.remove_suffix(1);
    return text;
}

/// Nothing, or one of the words that programs write for it.
inline bool is_missing(std::string_view text) {
    constexpr std::string_view words[]{"", "?", "NA", "N/A", "NaN", "nan", "-nan", "NULL", "null", "None"};
    return std::find(std::begin(words), std::end(words), text) != std::end(words);
}

/// A finite decimal number, whatever the locale.
inline std::optional<double> parsed_number(std::string_view text, char decimal) {
    std::string with_point(text);
    if (decimal != '.') {
        if (text.find('.') != std::string_view::npos)
            return {};
        std::replace(with_point.begin(), with_point.end(), decimal, '.');
    }
    const char* begin = with_point.data();
    const char* end = begin + with_point.size();
    if (begin != end && *begin == '+' && begin + 1 != end && begin[1] != '-')
        ++begin;
    const char* first = begin != end && *begin == '-' ? begin + 1 : begin;
    if (first == end || (*first != '.' && !(*first >= '0' && *first <= '9')))
        return {}; // neither nan nor inf, however the program is compiled
    double number = 0;
    const auto [rest, error] = std::from_chars(begin, end, number);
    if (error != std::errc() || rest != end)
        return {};
    return number;
}

/// "'a', 'b', 'c'", at most 20 of them.
inline std::string quoted_list(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < 20; ++i)
        text += (i == 0 ? "'" : ", '") + names[i] + "'";
    return names.size() > 20 ? text + " and others" : text;
}

/// A table together with what is asked of it.
class CsvColumns {
public:
    CsvColumns(const std::filesystem::path& path, const CsvTable& table, const CsvOptions& options)
        : path_(path), table_(table), options_(options), first_row_(options.header ? 1 : 0) {
        for (std::size_t i = 0; i < table.columns(); ++i)
            names_.emplace_back(options.header ? std::string(trimmed(table.field(0, i)))
                                               : "column " + std::to_string(i));
        check_header();
        for (const CsvColumn& column : options.targets)
            targets_.push_back(find(column));
        std::vector<std::size_t> taken = targets_;
        for (const CsvColumn& column : options.ignore)
            taken.push_back(find(column));
        for (std::size_t i = 0; i < table.columns(); ++i)
            if (std::find(taken.begin(), taken.end(), i) == taken.end())
                features_.push_back(i);
        if (targets_.empty() || features_.empty())
            dataset_error(path,
                          std::to_string(features_.size()) + " column(s) of inputs and " +
                              std::to_string(targets_.size()) + " of targets among " +
                              std::to_string(table.columns()),
                          "one of each, separated by '" + std::string(1, options.separator) + "'");
        if (!options.numbers && targets_.size() > 1)
            dataset_error(path, std::to_string(targets_.size()) + " columns of targets",
                          "one of classes, or numbers (.numbers = true)");
    }

    CsvNumbers read() const {
        CsvNumbers result;
        std::vector<std::size_t> rows;
        for (std::size_t row = first_row_; row < table_.rows(); ++row) {
            if (const auto missing = missing_in(row)) {
                if (!options_.skip_missing)
                    error(row, *missing, ": a missing value",
                          "a value; .skip_missing = true leaves such rows out");
                ++result.skipped;
            } else {
                rows.push_back(row);
            }
        }
        if (rows.empty())
            dataset_error(path_, "no rows" + std::string(result.skipped > 0 ? " without missing values" : ""),
                          "at least one");
        result.rows = static_cast<std::int64_t>(rows.size());
        for (const std::size_t row : rows)
            for (const std::size_t column : features_)
                result.inputs.push_back(number(row, column));
        for (const std::size_t column : features_)
            result.feature_names.push_back(names_[column]);
        if (options_.numbers) {
            for (const std::size_t row : rows)
                for (const std::size_t column : targets_)
                    result.numbers.push_back(number(row, column));
        } else {
            read_classes(rows, result);
        }
        return result;
    }

private:
    const std::filesystem::path& path_;
    const CsvTable& table_;
    const CsvOptions& options_;
    std::size_t first_row_;
    std::vector<std::string> names_;
    std::vector<std::size_t> targets_, features_;

    std::string_view field(std::size_t row, std::size_t column) const {
        return trimmed(table_.field(row, column));
    }
    [[noreturn]] void error(std::size_t row, std::size_t column, const std::string& found,
                            const std::string& expected) const {
        const std::string name = options_.header ? "column '" + names_[column] + "'" : names_[column];
        dataset_error(path_, "in line " + std::to_string(table_.line(row)) + ", " + name + found, expected);
    }

    void check_header() const {
        if (!options_.header)
            return;
        for (std::size_t i = 0; i < table_.columns(); ++i)
            if (!parsed_number(names_[i], options_.decimal))
                return;
        dataset_error(path_, "numbers alone in the first line",
                      "the names of the columns; .header = false reads a file without");
    }

    std::size_t find(const CsvColumn& column) const {
        const auto count = static_cast<std::int64_t>(names_.size());
        if (column.name.empty()) {
            if (column.index < -count || column.index >= count)
                dataset_error(path_,
                              std::to_string(count) + " column(s) and number " +
                                  std::to_string(column.index) + " asked for",
                              std::to_string(-count) + " to " + std::to_string(count - 1) +
                                  " (-1 is the last)");
            return static_cast<std::size_t>(column.index < 0 ? column.index + count : column.index);
        }
        const auto found = std::find(names_.begin(), names_.end(), column.name);
        if (!options_.header || found == names_.end())
            dataset_error(path_, "no column '" + column.name + "'",
                          options_.header ? "one of " + quoted_list(names_)
                                          : "numbers of columns, as there is no header");
        if (std::find(found + 1, names_.end(), column.name) != names_.end())
            dataset_error(path_, "two columns '" + column.name + "'", "one, or its number");
        return static_cast<std::size_t>(found - names_.begin());
    }

    /// Whether the user calls a class so, be it "NA".
    bool is_class(std::string_view text) const {
        return std::find(options_.class_names.begin(), options_.class_names.end(), text) !=
               options_.class_names.end();
    }

    std::optional<std::size_t> missing_in(std::size_t row) const {
        for (const auto* columns : {&features_, &targets_})
            for (const std::size_t column : *columns)
                if (is_missing(field(row, column)) && !is_class(field(row, column)))
                    return column;
        return {};
    }

    float number(std::size_t row, std::size_t column) const {
        const std::string_view text = field(row, column);
        const auto value = parsed_number(text, options_.decimal);
        constexpr double largest = std::numeric_limits<float>::max();
        if (!value || *value < -largest || *value > largest)
            error(row, column, ": '" + std::string(text) + "'",
                  std::string("a number of float32 with '") + options_.decimal +
                      "' as its point, or a column that is left out (.ignore)");
        return static_cast<float>(*value);
    }

    /// Classes are texts. Whole numbers are in the order of their values, others in that of their bytes.
    void read_classes(const std::vector<std::size_t>& rows, CsvNumbers& result) const {
        const std::size_t column = targets_[0];
        result.class_names = options_.class_names;
        std::map<std::string, std::int64_t, std::less<>> labels;
        if (options_.class_names.empty()) {
            std::map<std::pair<double, std::string>, int> order;
            const bool whole = all_whole(rows);
            for (const std::size_t row : rows) {
                const std::string_view text = field(row, column);
                order.insert(
                    {{whole ? *parsed_number(text, options_.decimal) : 0, class_text(text, whole)}, 0});
            }
            for (const auto& [key, ignored] : order)
                result.class_names.push_back(key.second);
            for (const std::size_t row : rows)
                labels.try_emplace(std::string(field(row, column)), 0);
            for (auto& [text, label] : labels)
                label =
                    std::find(result.class_names.begin(), result.class_names.end(), class_text(text, whole)) -
                    result.class_names.begin();
        } else {
            for (const std::string& name : options_.class_names)
                if (!labels.try_emplace(name, static_cast<std::int64_t>(labels.size())).second)
                    dataset_error(path_, "the class '" + name + "' twice in .class_names", "each once");
        }
        for (const std::size_t row : rows) {
            const auto found = labels.find(field(row, column));
            if (found == labels.end())
                error(row, column, ": '" + std::string(field(row, column)) + "'",
                      "one of the classes " + quoted_list(result.class_names));
            result.labels.push_back(found->second);
        }
    }

    /// Whether all classes are whole numbers; throws where one is a fraction.
    bool all_whole(const std::vector<std::size_t>& rows) const {
        bool whole = true;
        for (const std::size_t row : rows) {
            const auto value = parsed_number(field(row, targets_[0]), options_.decimal);
            if (value && *value != std::floor(*value))
                error(row, targets_[0], ": '" + std::string(field(row, targets_[0])) + "'",
                      "a class, or numbers as targets (.numbers = true)");
            whole = whole && value && std::abs(*value) < 1e15;
        }
        return whole;
    }
    std::string class_text(std::string_view text, bool whole) const {
        return whole ? std::to_string(static_cast<std::int64_t>(*parsed_number(text, options_.decimal)))
                     : std::string(text);
    }
};

} // namespace pliny::detail

namespace pliny {

PLINY_INLINE CsvNumbers read_csv_numbers(const std::filesystem::path& path, const CsvOptions& options) {
    const CsvTable table = read_csv_table(path, options.separator);
    return detail::CsvColumns(path, table, options).read();
}

} // namespace pliny
