// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/csv.hpp>
#include <pliny/datasets/dataset_error.hpp>
#include <pliny/datasets/unpacked_file.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pliny {

PLINY_INLINE CsvReader::CsvReader(std::filesystem::path path, char separator)
    : path_(std::move(path)), separator_(separator) {
    if (separator == '"' || separator == '\n' || separator == '\r' || separator == '\0')
        throw DatasetError("read_csv: found a quote, the end of a line or a zero byte as separator; "
                           "expected another character");
}

PLINY_INLINE void CsvReader::take(std::span<const std::uint8_t> bytes) {
    for (const std::uint8_t byte : bytes)
        if (bytes_++ < mark.size() && mark_ == bytes_ - 1 && byte == mark[mark_])
            ++mark_; // of a byte order mark, until something else comes
        else
            take_after_mark(static_cast<char>(byte));
}

PLINY_INLINE CsvTable CsvReader::finish() {
    if (mark_ < mark.size())
        return_mark();
    if (state_ == State::Quoted)
        error("a quote that is opened in line " + std::to_string(quote_line_) + " and never closed",
              "a second one");
    if (state_ != State::RowStart)
        end_row();
    return std::move(table_);
}

PLINY_INLINE void CsvReader::error(const std::string& found, std::string_view expected) const {
    detail::dataset_error(path_, found, expected);
}

PLINY_INLINE void CsvReader::error_here(std::string_view found, std::string_view expected) const {
    error(std::string(found) + " in line " + std::to_string(line_) + ", column " +
              std::to_string(fields_ + 1),
          expected);
}

PLINY_INLINE void CsvReader::return_mark() {
    const std::size_t count = std::exchange(mark_, mark.size());
    for (std::size_t i = 0; i < count; ++i)
        take_one(static_cast<char>(mark[i]));
}

PLINY_INLINE void CsvReader::take_after_mark(char byte) {
    if (mark_ < mark.size())
        return_mark();
    take_one(byte);
}

PLINY_INLINE void CsvReader::take_one(char byte) {
    if (byte == '\0')
        error_here("a zero byte", "text in UTF-8 (Excel calls it CSV UTF-8)");
    if (std::exchange(after_return_, byte == '\r' && state_ != State::Quoted) && byte == '\n')
        return;
    const bool ends_line = byte == '\n' || byte == '\r';
    switch (state_) {
    case State::RowStart:
        row_line_ = line_;
        if (ends_line) { // an empty line
            ++line_;
            return;
        }
        [[fallthrough]];
    case State::FieldStart:
        if (byte == '"') {
            state_ = State::Quoted;
            quote_line_ = line_;
            return;
        }
        state_ = State::Plain;
        [[fallthrough]];
    case State::Plain:
        if (byte == '"')
            error_here("a quote inside a field", "the whole field in quotes, and those in it doubled");
        break;
    case State::Quoted:
        if (byte == '"')
            state_ = State::QuoteInQuoted;
        else
            table_.text_ += byte;
        line_ += byte == '\n';
        return;
    case State::QuoteInQuoted:
        if (byte == '"') {
            table_.text_ += byte;
            state_ = State::Quoted;
            return;
        }
        if (!ends_line && byte != separator_)
            error_here("something behind the quote that ends a field", "a separator or the end of the line");
        break;
    }
    if (byte == separator_) {
        end_field();
        state_ = State::FieldStart;
    } else if (ends_line) {
        end_row();
        ++line_;
    } else {
        table_.text_ += byte;
    }
}

PLINY_INLINE void CsvReader::end_field() {
    table_.ends_.push_back(table_.text_.size());
    ++fields_;
}

PLINY_INLINE void CsvReader::end_row() {
    end_field();
    if (table_.lines_.empty())
        table_.columns_ = fields_;
    if (fields_ != table_.columns_)
        error(std::to_string(fields_) + " field(s) in line " + std::to_string(row_line_),
              std::to_string(table_.columns_) + ", as in the first line");
    table_.lines_.push_back(row_line_);
    fields_ = 0;
    state_ = State::RowStart;
}

PLINY_INLINE CsvTable read_csv_table(const std::filesystem::path& path, char separator) {
    CsvReader reader(path, separator);
    detail::UnpackedFile file(path, "a readable CSV file, plain or gzip");
    std::vector<std::uint8_t> buffer(std::size_t{1} << 16);
    while (const std::size_t count = file.read(buffer))
        reader.take(std::span(buffer).first(count));
    CsvTable table = reader.finish();
    if (table.rows() == 0)
        detail::dataset_error(path, "an empty file", "rows of a table");
    return table;
}

} // namespace pliny
