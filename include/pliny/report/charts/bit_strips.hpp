// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/charts/drawing.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace pliny::report {

/// The bits of the weights of a layer, channel by channel: 0 where it is pruned, -1 for floating point.
struct BitStrip {
    std::string name{};
    std::vector<int> bits{};
    std::string note{}; // said at its right
};

/// Layers one below the other, each a strip with a cell of colour for every channel; a bar where all are
/// equal.
struct BitStrips {
    std::string title{};
    std::vector<BitStrip> strips{};
};

/// The same colour of the palette for the same bits everywhere; -1: none, for a pruned channel.
inline int colour_of_bits(int bits) {
    switch (bits) {
    case -1:
        return 0;
    case 0:
        return -1;
    case 1:
        return 6;
    case 2:
        return 2;
    case 4:
        return 3;
    case 8:
        return 1;
    case 16:
        return 4;
    default:
        return 5;
    }
}

inline std::string bits_in_words(int bits) {
    return bits < 0    ? "float32"
           : bits == 0 ? "pruned"
                       : std::to_string(bits) + (bits == 1 ? " bit" : " bits");
}

/// "12 x 8 bits, 4 x pruned", the most bits first.
inline std::string channels_by_bits(std::vector<int> bits) {
    std::sort(bits.begin(), bits.end(), std::greater<>());
    std::string words;
    for (auto first = bits.begin(); first != bits.end();) {
        const auto end = std::find_if(first, bits.end(), [&](int b) { return b != *first; });
        words += (words.empty() ? "" : ", ") + figure(static_cast<double>(end - first)) + " x " +
                 bits_in_words(*first);
        first = end;
    }
    return words;
}

namespace detail {

inline std::string look_of_bits(int bits) {
    const int colour = colour_of_bits(bits);
    return colour < 0 ? "track" : "f" + std::to_string(colour);
}

/// All bits of a picture, the most first.
inline std::vector<int> distinct_bits(const BitStrips& chart) {
    std::vector<int> all;
    for (const BitStrip& strip : chart.strips)
        for (const int bits : strip.bits)
            if (std::find(all.begin(), all.end(), bits) == all.end())
                all.push_back(bits);
    std::sort(all.begin(), all.end(), std::greater<>());
    return all;
}

/// How a strip is cut: a cell for every channel, at most 128 beside each other.
struct StripCells {
    static constexpr std::size_t most = 128;
    std::size_t columns, lines;
    double height; // of a line
    bool plain;    // all cells are equal: one bar

    explicit StripCells(const BitStrip& strip) {
        const std::size_t count = std::max<std::size_t>(1, strip.bits.size());
        plain = std::all_of(strip.bits.begin(), strip.bits.end(),
                            [&](int bits) { return bits == strip.bits.front(); });
        columns = std::min(most, count);
        lines = plain ? 1 : (count + most - 1) / most;
        height = lines == 1 ? 12 : lines <= 4 ? 5 : 3;
    }
    double all() const { return static_cast<double>(lines) * height; }
};

/// Cells of one colour as a path; neighbours become one rectangle.
inline std::string cells_of(const BitStrip& strip, const StripCells& cut, int bits, double x, double y,
                            double width) {
    std::string path;
    const double cell = width / static_cast<double>(cut.columns);
    for (std::size_t at = 0; at < strip.bits.size();) {
        const std::size_t line = at / cut.columns, column = at % cut.columns;
        const std::size_t stop = std::min((line + 1) * cut.columns, strip.bits.size());
        std::size_t end = at;
        while (end < stop && strip.bits[end] == bits)
            ++end;
        if (end > at) {
            const double left = x + cell * static_cast<double>(column);
            const double right = left + cell * static_cast<double>(end - at);
            const double top = y + cut.height * static_cast<double>(line);
            path += "M" + Drawing::point(left, top) + "H" + fixed(right, 1) + "V" +
                    fixed(top + cut.height, 1) + "H" + fixed(left, 1) + "Z";
        }
        at = std::max(end, at + 1);
    }
    return path;
}

} // namespace detail

/// The chart as a picture, with a legend.
inline Drawing drawn(const BitStrips& chart) {
    constexpr double legend_height = 22, gap = 9;
    const std::vector<int> all = detail::distinct_bits(chart);
    double names = 0, notes = 0, height = 26 + legend_height;
    std::string label = chart.title;
    for (const BitStrip& strip : chart.strips) {
        names = std::max(names, std::min(text_width(strip.name), 150.0));
        notes = std::max(notes, text_width(strip.note));
        height += std::max(detail::StripCells(strip).all(), 12.0) + gap;
        label +=
            (&strip == chart.strips.data() ? ": " : "; ") + strip.name + " " + channels_by_bits(strip.bits);
    }
    Drawing drawing(440, height, label);
    drawing.text(0, 13, chart.title, "title start");
    double x = 0;
    for (const int bits : all) {
        const std::string words = bits_in_words(bits);
        drawing.rectangle(x, 26, 10, 10, detail::look_of_bits(bits), 2);
        drawing.text(x + 14, 35, words, "start");
        x += 28 + text_width(words);
    }
    const double first = names + 10, last = drawing.width - (notes > 0 ? notes + 10 : 0);
    double y = 26 + legend_height;
    for (const BitStrip& strip : chart.strips) {
        const detail::StripCells cut(strip);
        const std::string tip = strip.name + ": " + channels_by_bits(strip.bits);
        drawing.text(0, y + 10, shortened(strip.name, 150), "strong start", tip);
        if (cut.plain && !strip.bits.empty())
            drawing.rectangle(first, y, last - first, cut.all(), detail::look_of_bits(strip.bits.front()), 3,
                              tip);
        else
            for (const int bits : all)
                if (const std::string cells = detail::cells_of(strip, cut, bits, first, y, last - first);
                    !cells.empty())
                    drawing.path(cells, detail::look_of_bits(bits), tip);
        if (!strip.note.empty())
            drawing.text(drawing.width, y + 10, strip.note, "end", tip);
        y += std::max(cut.all(), 12.0) + gap;
    }
    return drawing;
}

} // namespace pliny::report
