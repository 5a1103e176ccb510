// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iomanip>
#include <ios>
#include <sstream>
#include <string>
#include <string_view>

namespace pliny {

/// Words and numbers, one after the other.
template <class... Parts>
std::string joined(const Parts&... parts) {
    std::ostringstream out;
    (out << ... << parts);
    return out.str();
}

/// A number with that many decimal places.
inline std::string decimals(double number, int places) {
    std::ostringstream out;
    out << std::fixed << std::setprecision(places) << number;
    return out.str();
}

/// A cell of a table, filled up with spaces behind or, for `right`, before.
inline std::string left(std::string_view cell, std::size_t width) {
    return std::string(cell) + std::string(cell.size() < width ? width - cell.size() : 0, ' ');
}
inline std::string right(std::string_view cell, std::size_t width) {
    return std::string(cell.size() < width ? width - cell.size() : 0, ' ') + std::string(cell);
}

} // namespace pliny
