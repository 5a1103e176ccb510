// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include <pliny/datasets/csv_columns.hpp>
#include <pliny/datasets/examples.hpp>
#include <pliny/meta/compiled.hpp>

namespace pliny {

/// Examples of a CSV file, plain or gzip: every column is a feature but those that `options` name as targets,
/// without anything said the last, or leave out.
///
/// Texts or whole numbers in the column of targets are classes, `class_names` in the order of their bytes or
/// values; with `.numbers = true` they are numbers, float32 [N], of several columns [N, K]. Give the file of
/// a test set the `class_names` of the training set. Numbers have a point, whatever the locale. Throws
/// `DatasetError` (see `read_csv_numbers`).
PLINY_INLINE Examples read_csv(const std::filesystem::path& path, const CsvOptions& options = {});

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/datasets/definitions/read_csv.hpp>
#endif
