// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/charts/style.hpp>
#include <pliny/report/page/escape.hpp>
#include <pliny/report/page/numbers.hpp>
#include <pliny/report/page/page_style.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pliny::report {

/// A whole page, to be opened without a network: all that it needs is in it, and its policy lets it fetch
/// and run nothing. `body` is HTML.
inline std::string page(const std::string& title, const std::string& body) {
    std::string out = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<link rel="icon" href="data:,"/>
<style>)";
    out.append(colours).append(chart_style).append(page_style);
    return out + "</style>\n<title>" + escaped(title) + "</title>\n</head>\n<body>\n<main>\n" + body +
           "</main>\n</body>\n</html>\n";
}

/// A part of a page under a heading; `content` is HTML. Nothing where there is no content.
inline std::string section(std::string_view heading, const std::string& content) {
    return content.empty() ? "" : "<section><h2>" + escaped(heading) + "</h2>\n" + content + "</section>\n";
}

/// The same, closed until it is asked for.
inline std::string folded_section(std::string_view heading, const std::string& content) {
    return content.empty() ? ""
                           : "<section><details><summary>" + escaped(heading) + "</summary>\n" + content +
                                 "</details></section>\n";
}

/// What a reader should know before trusting the numbers; nothing for no words. Plain text.
inline std::string warning(const std::string& words) {
    return words.empty() ? ""
                         : "<p class=\"warning\" role=\"note\"><strong class=\"warn\">Note.</strong> " +
                               escaped(words) + "</p>\n";
}

/// A remark below a table, in a smaller voice; nothing for no words. Plain text.
inline std::string note(const std::string& words) {
    return words.empty() ? "" : "<p class=\"note\">" + escaped(words) + "</p>\n";
}

/// Charts in as many columns as fit, without a lonely one in the last row.
inline std::string side_by_side(const std::string& charts, int count) {
    const std::string columns = count == 2 || count == 4 ? "charts two" : "charts";
    return count == 0 ? "" : "<div class=\"" + columns + "\">\n" + charts + "</div>\n";
}

/// One result, large. All plain text.
struct Tile {
    std::string what{};
    std::string value{};
    std::string unit{};
    std::vector<std::string> notes{};
    std::optional<double> share{}; // drawn as a bar: how much is left
    std::string tone{};            // "", "good", "warn" or "bad"
};

inline std::string html(const Tile& tile) {
    std::string out = "<div class=\"tile\"><span class=\"what\">" + escaped(tile.what) +
                      "</span><span class=\"value" + (tile.tone.empty() ? "" : " " + tile.tone) + "\">" +
                      escaped(tile.value) +
                      (tile.unit.empty() ? "" : " <small>" + escaped(tile.unit) + "</small>") + "</span>";
    for (const std::string& note : tile.notes)
        out += "<span class=\"note\">" + escaped(note) + "</span>";
    if (tile.share)
        out +=
            "<div class=\"meter\"><i><b style=\"width:" + fixed(100 * std::clamp(*tile.share, 0.0, 1.0), 1) +
            "%\"></b></i></div>";
    return out + "</div>\n";
}

/// Parts of a whole, as one bar.
struct Share {
    std::string name{};
    int colour = 0;
    double size = 0;
};
using Stack = std::vector<Share>;

inline std::string html(const Stack& stack) {
    std::string out = "<div class=\"stack\" aria-hidden=\"true\">";
    for (const Share& share : stack)
        out += "<i class=\"b" + std::to_string(share.colour) +
               "\" style=\"flex:" + fixed(std::max(share.size, 0.0), 3) + "\" title=\"" +
               escaped(share.name) + "\"></i>";
    return out + "</div>\n";
}

/// Names and what they mean, a line each. All plain text.
using Facts = std::vector<std::pair<std::string, std::string>>;

inline std::string html(const Facts& facts) {
    std::string out = "<dl>\n";
    for (const auto& [name, value] : facts)
        out += "<dt>" + escaped(name) + "</dt><dd>" + escaped(value) + "</dd>\n";
    return facts.empty() ? "" : out + "</dl>\n";
}

} // namespace pliny::report
