// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/csv_columns.hpp>
#include <pliny/datasets/examples.hpp>
#include <pliny/datasets/read_csv.hpp>

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace pliny::detail {

/// A tensor [rows, values / rows] with the values, [rows] where that is one and `flat`.
template <class Value>
at::Tensor rows_of(const std::vector<Value>& values, std::int64_t rows, bool flat, at::ScalarType type) {
    const auto count = static_cast<std::int64_t>(values.size());
    at::Tensor tensor = at::empty({rows, count / rows}, type);
    std::copy(values.begin(), values.end(), tensor.mutable_data_ptr<Value>());
    return flat && count == rows ? tensor.flatten() : tensor;
}

} // namespace pliny::detail

namespace pliny {

PLINY_INLINE Examples read_csv(const std::filesystem::path& path, const CsvOptions& options) {
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
