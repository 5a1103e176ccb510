// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/charts/style.hpp>
#include <pliny/report/page/escape.hpp>
#include <pliny/report/page/numbers.hpp>

#include <string>
#include <string_view>

namespace pliny::report {

/// Pixels that a text takes in a chart, a little too many rather than too few.
inline double text_width(std::string_view text, double size = 11) {
    double width = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xC0) == 0x80)
            continue; // inside a UTF-8 character
        width += std::string_view(" .,:;'|()ijlfrtI").find(c) != std::string_view::npos ? 0.38
                 : c == '<' || c == '>'                                                 ? 0.84
                 : byte < 0x80                                                          ? 0.64
                                                                                        : 0.9;
    }
    return width * size;
}

/// A text that is too wide without its beginning or, on demand, without its end.
inline std::string shortened(std::string text, double width, double size = 11, bool from_the_end = false) {
    if (text_width(text, size) <= width)
        return text;
    const auto inside_character = [&](std::size_t i) {
        return i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80;
    };
    while (!text.empty() && text_width(text, size) + 0.9 * size > width) {
        std::size_t at = from_the_end ? text.size() - 1 : 1;
        while (at > 0 && inside_character(at))
            at = from_the_end ? at - 1 : at + 1;
        from_the_end ? text.erase(at) : text.erase(0, at);
    }
    return from_the_end ? text + "…" : "…" + text;
}

/// A picture in SVG, in pixels of its own; a class gives the look (see `chart_style`), a tip is shown on
/// hovering. All texts are plain and become escaped here.
class Drawing {
public:
    /// `label` says in words what the picture shows.
    Drawing(double width_in_pixels, double height_in_pixels, std::string label_in_words)
        : width(width_in_pixels), height(height_in_pixels), label(std::move(label_in_words)) {}

    void line(double x1, double y1, double x2, double y2, std::string_view look) {
        tag("line", look, at("x1", x1) + at("y1", y1) + at("x2", x2) + at("y2", y2));
    }
    void rectangle(double x, double y, double w, double h, std::string_view look, double radius = 0,
                   std::string_view tip = {}) {
        tag("rect", look,
            at("x", x) + at("y", y) + at("width", w) + at("height", h) + (radius > 0 ? at("rx", radius) : ""),
            tip);
    }
    void circle(double x, double y, double r, std::string_view look, std::string_view tip = {}) {
        tag("circle", look, at("cx", x) + at("cy", y) + at("r", r), tip);
    }
    /// `steps` is the language of SVG: "M1 2L3 4".
    void path(std::string_view steps, std::string_view look, std::string_view tip = {}) {
        tag("path", look, " d=\"" + std::string(steps) + "\"", tip);
    }
    void text(double x, double y, std::string_view words, std::string_view look, std::string_view tip = {}) {
        body += "<text class=\"" + std::string(look) + "\"" + at("x", x) + at("y", y) + ">" + title(tip) +
                escaped(words) + "</text>\n";
    }

    /// Another picture inside this one.
    void place(double x, double y, const Drawing& other) {
        body +=
            "<g transform=\"translate(" + fixed(x, 1) + " " + fixed(y, 1) + ")\">\n" + other.body + "</g>\n";
    }

    /// As part of a page, which has the styles.
    std::string inlined() const {
        return "<svg viewBox=\"0 0 " + fixed(width, 0) + " " + fixed(height, 0) +
               "\" role=\"img\" aria-label=\"" + escaped(label) + "\">\n" + body + "</svg>\n";
    }

    /// As a file of its own, with the styles, a background and a margin.
    std::string standalone() const {
        constexpr double edge = 14;
        const std::string across = fixed(width + 2 * edge, 0), down = fixed(height + 2 * edge, 0);
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + across + "\" height=\"" + down +
               "\" viewBox=\"0 0 " + across + " " + down + "\" role=\"img\" aria-label=\"" + escaped(label) +
               "\">\n<style>" + std::string(colours).append(chart_style) +
               "</style>\n<rect width=\"100%\" height=\"100%\" style=\"fill:var(--card)\"/>\n<g "
               "transform=\"translate(" +
               point(edge, edge) + ")\">\n" + body + "</g>\n</svg>\n";
    }

    double width;
    double height;
    std::string label;

    static std::string point(double x, double y) { return fixed(x, 1) + " " + fixed(y, 1); }

private:
    static std::string at(std::string_view name, double value) {
        return " " + std::string(name) + "=\"" + without_trailing_zeros(fixed(value, 1)) + "\"";
    }
    static std::string title(std::string_view tip) {
        return tip.empty() ? "" : "<title>" + escaped(tip) + "</title>";
    }
    void tag(std::string_view name, std::string_view look, const std::string& attributes,
             std::string_view tip = {}) {
        body += "<" + std::string(name) + " class=\"" + std::string(look) + "\"" + attributes +
                (tip.empty() ? "/>\n" : ">" + title(tip) + "</" + std::string(name) + ">\n");
    }

    std::string body;
};

} // namespace pliny::report
