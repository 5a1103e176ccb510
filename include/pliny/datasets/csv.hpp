// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <pliny/datasets/dataset_error.hpp>
#include <pliny/datasets/unpacked_file.hpp>
#include <pliny/meta/compiled.hpp>

namespace pliny {

/// The fields of a CSV file as texts, without their quotes; all rows have as many.
class CsvTable {
public:
    std::size_t columns() const { return columns_; }
    std::size_t rows() const { return lines_.size(); }
    /// The line of the file, from 1, in which a row begins.
    std::size_t line(std::size_t row) const { return lines_[row]; }
    std::string_view field(std::size_t row, std::size_t column) const {
        const std::size_t i = row * columns_ + column;
        const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
        return std::string_view(text_).substr(begin, ends_[i] - begin);
    }

private:
    friend class CsvReader;
    std::string text_; // all fields, one after the other
    std::vector<std::size_t> ends_;
    std::vector<std::size_t> lines_;
    std::size_t columns_ = 0;
};

/// Takes the bytes of a CSV file, in pieces of any size: the rules of RFC 4180, with any separator and with
/// lines that end in LF, CR LF or CR. A line without anything is skipped, and so is a byte order mark.
///
/// Throws `DatasetError` with the line and column of what is against the rules: a quote in a field that does
/// not begin with one, something behind the quote that ends a field, a quote that is never closed, another
/// number of fields than in the first row, a zero byte.
class CsvReader {
public:
    CsvReader(std::filesystem::path path, char separator);

    void take(std::span<const std::uint8_t> bytes);

    /// The table, when all has been taken.
    CsvTable finish();

private:
    enum class State { RowStart, FieldStart, Plain, Quoted, QuoteInQuoted };
    static constexpr std::array<std::uint8_t, 3> mark{0xef, 0xbb, 0xbf}; // of UTF-8

    std::filesystem::path path_;
    char separator_;
    CsvTable table_;
    State state_ = State::RowStart;
    std::size_t line_ = 1, row_line_ = 1, quote_line_ = 1, fields_ = 0, bytes_ = 0, mark_ = 0;
    bool after_return_ = false; // CR: an LF that follows belongs to it

    [[noreturn]] void error(const std::string& found, std::string_view expected) const;
    [[noreturn]] void error_here(std::string_view found, std::string_view expected) const;

    /// Bytes that began like a mark and are none belong to the text.
    void return_mark();
    void take_after_mark(char byte);
    void take_one(char byte);
    void end_field();
    void end_row();
};

/// Reads a CSV file, plain or gzip. Throws `DatasetError`: what `CsvReader` throws, and missing, unreadable,
/// damaged or empty files.
PLINY_INLINE CsvTable read_csv_table(const std::filesystem::path& path, char separator = ',');

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/datasets/definitions/csv.hpp>
#endif
