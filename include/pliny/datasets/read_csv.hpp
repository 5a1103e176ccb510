// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <pliny/datasets/csv_columns.hpp>
#include <pliny/datasets/examples.hpp>

namespace pliny {

namespace detail {

/// A tensor [rows, values / rows] with the values, [rows] where that is one and `flat`.
template <class Value>
at::Tensor rows_of(const std::vector<Value>& values, std::int64_t rows, bool flat, at::ScalarType type) {
    const auto count = static_cast<std::int64_t>(values.size());
    at::Tensor tensor = at::empty({rows, count / rows}, type);
    std::copy(values.begin(), values.end(), tensor.mutable_data_ptr<Value>());
    return flat && count == rows ? tensor.flatten() : tensor;
}

} // namespace detail

/// Examples of a CSV file, plain or gzip: every column is a feature but those that `options` name as targets,
/// without anything said the last, or leave out.
///
/// Texts or whole numbers in the column of targets are classes, `class_names` in the order of their bytes or
/// values; with `.numbers = true` they are numbers, float32 [N], of several columns [N, K]. Give the file of
/// a test set the `class_names` of the training set. Numbers have a point, whatever the locale. Throws
/// `DatasetError` (see `read_csv_numbers`).
inline Examples read_csv(const std::filesystem::path& path, const CsvOptions& options = {}) {
    const CsvNumbers table = read_csv_numbers(path, options);
    Examples data;
    data.inputs = detail::rows_of(table.inputs, table.rows, false, at::kFloat);
    data.targets = options.numbers ? detail::rows_of(table.numbers, table.rows, true, at::kFloat)
                                   : detail::rows_of(table.labels, table.rows, true, at::kLong);
    data.classes = static_cast<std::int64_t>(table.class_names.size());
    data.name = options.name.empty() ? path.stem().string() : options.name;
    data.skipped = table.skipped;
    data.class_names = table.class_names;
    data.feature_names = table.feature_names;
    data.check();
    return data;
}

} // namespace pliny
