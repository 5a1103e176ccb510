// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <pliny/datasets/csv.hpp>
#include <pliny/datasets/dataset_error.hpp>
#include <pliny/meta/compiled.hpp>

namespace pliny {

/// A column of a table, by its name or by its place: 0 is the first, -1 the last.
struct CsvColumn {
    std::string name;
    std::int64_t index = 0;

    CsvColumn(std::string its_name) : name(std::move(its_name)) {}
    CsvColumn(const char* its_name) : name(its_name) {}
    CsvColumn(int its_index) : index(its_index) {}
};

/// How a CSV file is to be read.
struct CsvOptions {
    std::vector<CsvColumn> targets = {-1};     // what is to be predicted
    bool numbers = false;                      // they are numbers; otherwise the one target is a class
    std::vector<CsvColumn> ignore = {};        // columns that are left out
    bool header = true;                        // the first line has names
    char separator = ',';                      // ';' and '\t' are usual, too
    char decimal = '.';                        // point of numbers: ',' in some countries
    bool skip_missing = false;                 // rows with a missing value are left out and counted
    std::vector<std::string> class_names = {}; // the order of classes; empty: of the texts found
    std::string name = {};                     // for reports; empty: the file's
};

/// A table as numbers: `inputs` [rows, features], and `labels` [rows] or `numbers` [rows, targets],
/// row-major.
struct CsvNumbers {
    std::vector<float> inputs;
    std::vector<std::int64_t> labels;
    std::vector<float> numbers;
    std::vector<std::string> feature_names, class_names;
    std::int64_t rows = 0, skipped = 0;
};

/// Reads a table and turns it into numbers; see `CsvOptions`. Throws `DatasetError` with the line and column
/// of what is no number, no class or missing, besides what `read_csv_table` throws.
PLINY_INLINE CsvNumbers read_csv_numbers(const std::filesystem::path& path, const CsvOptions& options);

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/datasets/definitions/csv_columns.hpp>
#endif
