// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/page/escape.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace pliny::report {

/// A cell of a table, plain text; `note` is said in a smaller voice behind it.
struct Cell {
    enum class Tone { Plain, Good, Warn, Bad };
    std::string text{};
    std::string note{};
    Tone tone = Tone::Plain;
    int colour = -1; // of the palette, shown as a dot before the text; -1: none
};

/// A table as data, to be written as Markdown or HTML. The first column says what a row is about.
struct Table {
    std::string label{}; // what the table shows, for readers who do not see it
    std::vector<std::string> head{};
    std::vector<std::vector<Cell>> rows{};
    bool words = false; // columns hold words, not numbers: on the left
    bool wraps = false; // of words: long ones go on in another line where the page is narrow
};

inline std::string markdown(const Table& table) {
    std::string out = "|", rule = "|";
    for (const std::string& name : table.head) {
        out += ' ';
        out += markdown_escaped(name);
        out += " |";
        rule += &name == table.head.data() || table.words ? "---|" : "---:|";
    }
    out += '\n';
    out += rule;
    out += '\n';
    for (const auto& row : table.rows) {
        out += '|';
        for (const Cell& cell : row) {
            for (const std::string& text : {cell.text, cell.note})
                if (!text.empty()) {
                    out += ' ';
                    out += markdown_escaped(text);
                }
            out += " |";
        }
        out += "\n";
    }
    return out;
}

namespace detail {

inline constexpr std::size_t longest_unwrapped = 24; // bytes of a row's name; longer ones may go on below

inline std::string html_of(const Cell& cell) {
    std::string text = escaped(cell.text);
    if (cell.colour >= 0)
        text = "<i class=\"dot b" + std::to_string(cell.colour) + "\"></i>" + text;
    if (cell.tone != Cell::Tone::Plain)
        text = std::string("<span class=\"") +
               (cell.tone == Cell::Tone::Good   ? "good"
                : cell.tone == Cell::Tone::Warn ? "warn"
                                                : "bad") +
               "\">" + text + "</span>";
    return text;
}

} // namespace detail

/// In a box of its own, in which it scrolls where it is wider than the page. Notes stand in a column of their
/// own, so that numbers stay below each other.
inline std::string html(const Table& table) {
    std::vector<bool> noted(table.head.size(), false);
    for (const auto& row : table.rows)
        for (std::size_t i = 0; i < row.size() && i < noted.size(); ++i)
            noted[i] = noted[i] || !row[i].note.empty();
    std::string out = "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"" +
                      escaped(table.label) + "\"><table" +
                      (table.wraps   ? " class=\"words wraps\""
                       : table.words ? " class=\"words\""
                                     : "") +
                      "><thead><tr>";
    for (std::size_t i = 0; i < table.head.size(); ++i)
        out += "<th scope=\"col\">" + escaped(table.head[i]) + "</th>" + (noted[i] ? "<td></td>" : "");
    out += "</tr></thead><tbody>\n";
    for (const auto& row : table.rows) {
        out += "<tr>";
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string text = detail::html_of(row[i]);
            const char* wrapped = row[i].text.size() > detail::longest_unwrapped ? " class=\"long\"" : "";
            out += i == 0 ? std::string("<th scope=\"row\"") + wrapped + ">" + text + "</th>"
                          : "<td>" + text + "</td>";
            if (i < noted.size() && noted[i])
                out += "<td class=\"aside-note\">" + escaped(row[i].note) + "</td>";
        }
        out += "</tr>\n";
    }
    return out + "</tbody></table></div>\n";
}

} // namespace pliny::report
