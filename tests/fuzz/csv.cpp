// SPDX-License-Identifier: Apache-2.0
// CSV files: as many fields in every row, and as many numbers as the table has, or refused.
#include <pliny/datasets/csv_columns.hpp>

#include <cmath>

#include "scratch.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pliny;
    const auto path = testing::scratch_folder() / "table.csv";
    testing::write_input(path, data, size);
    try {
        const CsvTable table = read_csv_table(path);
        std::size_t letters = 0;
        for (std::size_t row = 0; row < table.rows(); ++row)
            for (std::size_t column = 0; column < table.columns(); ++column)
                letters += table.field(row, column).size();
        testing::require(table.columns() > 0 && table.line(table.rows() - 1) >= table.rows());
        if (size < 2 || data[0] != 0x1f || data[1] != 0x8b) // gzip becomes larger
            testing::require(letters <= size);
    } catch (const DatasetError&) {
    }
    for (const bool numbers : {false, true})
        for (const bool header : {false, true})
            try {
                const CsvNumbers table =
                    read_csv_numbers(path, {.numbers = numbers, .header = header, .skip_missing = header});
                testing::require(table.inputs.size() ==
                                 table.feature_names.size() * static_cast<std::size_t>(table.rows));
                testing::require((numbers ? table.numbers.size() : table.labels.size()) ==
                                 static_cast<std::size_t>(table.rows));
                for (const float input : table.inputs)
                    testing::require(std::isfinite(input));
                for (const std::int64_t label : table.labels)
                    testing::require(label >= 0 &&
                                     label < static_cast<std::int64_t>(table.class_names.size()));
            } catch (const DatasetError&) {
            }
    return 0;
}
