// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/plan.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pliny {
namespace detail {

/// Writes a network as the C++ type that it is, while it is walked.
class Speller : public Walker<Speller> {
public:
    explicit Speller(std::span<const std::int64_t> channels) : row_channels(channels) {}

    template <class L>
    int layer(int) {
        separate();
        text += L::spelled(row_channels[static_cast<std::size_t>(++row)]);
        return row;
    }
    int join(Kind, std::span<const int>, Fault) { return ++row; }
    void open(std::string_view word, std::string_view name = {}) {
        separate();
        text.append(word).append("<");
        first = true;
        if (!name.empty()) {
            text.append("\"").append(name).append("\"");
            first = false;
        }
    }
    void close() {
        text += ">";
        first = false;
    }

    std::string text;

private:
    std::span<const std::int64_t> row_channels;
    int row = 0;
    bool first = true;

    void separate() {
        if (!first)
            text += ", ";
        first = false;
    }
};

} // namespace detail

/// Channels of every row when `widths[g]` channels of group g exist.
template <class Net>
std::vector<std::int64_t> row_channels(std::span<const std::int64_t> widths) {
    std::vector<std::int64_t> channels;
    for (int row = 0; row < plan<Net>.size(); ++row)
        channels.push_back(alive_channels(plan<Net>, row, widths));
    return channels;
}

/// The C++ type of a network whose group g has `widths[g]` channels: `Network<Image<1, 28, 28>,
/// Sequential<...>>`.
template <class Net>
std::string spelled_network(std::span<const std::int64_t> widths) {
    const std::vector<std::int64_t> channels = row_channels<Net>(widths);
    detail::Speller speller(channels);
    speller.template root<typename Net::body_type>(0);
    const Shape& in = Net::input_type::shape;
    std::string input = in.rank == 3 ? "Image<" : "Features<";
    for (int axis = 0; axis < in.rank; ++axis)
        input += (axis ? ", " : "") + std::to_string(in[axis]);
    return "Network<" + input + ">, " + speller.text + ">";
}

/// The C++ type of a network as it was described.
template <class Net>
std::string spelled_network() {
    return spelled_network<Net>(full_widths<std::int64_t>(plan<Net>));
}

} // namespace pliny
