// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/paths.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace pliny {
namespace detail {

/// Writes a network as the C++ type that it is, while it is walked; where it is told what is chosen, with the
/// chosen alternative in place of each Choice, under its old path.
template <class Net>
class Speller : public Walker<Speller<Net>> {
public:
    explicit Speller(std::span<const std::int64_t> channels, const PathOf<Net>* the_chosen = nullptr)
        : alternatives(std::tuple_size_v<PathOf<Net>>), row_channels(channels), chosen(the_chosen) {}

    template <class LayerType>
    int layer(int) {
        separate();
        put(LayerType::spelled(row_channels[static_cast<std::size_t>(++row)]));
        return row;
    }
    template <class JoinType, class Inputs>
    int join(const Inputs&) {
        return ++row;
    }
    template <class Inputs>
    int choice(const Inputs&) {
        return ++row;
    }
    template <class JoinType>
    void name_join() {
        separate();
        put(JoinType::spelled());
    }
    template <class BlockType>
    int alternative(int index, int input) {
        const std::size_t choice = blocks.back();
        const bool left_out = chosen && index != (*chosen)[choice], outer_first = first;
        const bool numbered = chosen && !has_own_name<BlockType>; // keeps the path
        muted += left_out;
        if (numbered)
            open("Named", std::to_string(index));
        const std::size_t begin = text.size();
        const int output = Walker<Speller>::template alternative<BlockType>(index, input);
        const std::string own = text.substr(begin);
        alternatives[choice].push_back(own.starts_with(", ") ? own.substr(2) : own);
        if (numbered)
            close();
        muted -= left_out;
        if (left_out)
            first = outer_first;
        return output;
    }
    void open(std::string_view word, std::string_view name = {}) {
        blocks.push_back(word == "Choice" ? choice_here() : 0);
        separate();
        put(word == "Choice" && chosen ? "Sequential" : word);
        put("<");
        first = name.empty();
        if (!name.empty())
            put("\"" + std::string(name) + "\"");
    }
    void close() {
        blocks.pop_back();
        put(">");
        first = false;
    }

    std::string text;
    std::vector<std::vector<std::string>> alternatives; // of each choice

private:
    std::span<const std::int64_t> row_channels;
    const PathOf<Net>* chosen;
    int row = 0;
    int muted = 0; // inside as many alternatives that are left out
    bool first = true;
    std::vector<std::size_t> blocks; // those that are open; of a Choice, its number

    std::size_t choice_here() const {
        const auto here = std::ranges::find_if(
            plan<Net>.choices, [&](int choice) { return plan<Net>[choice].path == this->path; });
        return static_cast<std::size_t>(here - plan<Net>.choices.begin());
    }
    void put(std::string_view piece) {
        if (muted == 0)
            text += piece;
    }
    void separate() {
        if (!first)
            put(", ");
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
/// Sequential<...>>`; with `chosen`, without the alternatives that are not chosen.
template <class Net>
std::string spelled_network(std::span<const std::int64_t> widths, const PathOf<Net>* chosen = nullptr) {
    const std::vector<std::int64_t> channels = row_channels<Net>(widths);
    detail::Speller<Net> speller(channels, chosen);
    speller.template root<typename Net::body_type>(0);
    const Shape& in = Net::input_type::shape;
    std::string input = in.rank == 3 ? "Image<" : "Features<";
    for (int axis = 0; axis < in.rank; ++axis)
        input += (axis ? ", " : "") + std::to_string(in[axis]);
    const std::string network = "Network<" + input + ">, " + speller.text + ">";
    if constexpr (!TransformedNetwork<Net>) {
        return network;
    } else {
        const auto running = running_alternatives(plan<Net>, chosen ? *chosen : PathOf<Net>{});
        std::vector<Row> there;
        for (int row = 0; row < plan<Net>.size(); ++row)
            if (!chosen || runs(plan<Net>, row, running))
                there.push_back(plan<Net>[row]);
        return Net::spelled_around(network, there);
    }
}

/// The C++ type of a network as it was described.
template <class Net>
std::string spelled_network() {
    return spelled_network<Net>(full_widths<std::int64_t>(plan<Net>));
}

/// The alternatives of every choice as C++ types.
template <class Net>
std::vector<std::vector<std::string>> spelled_alternatives() {
    const std::vector<std::int64_t> channels = row_channels<Net>(full_widths<std::int64_t>(plan<Net>));
    detail::Speller<Net> speller(channels);
    speller.template root<typename Net::body_type>(0);
    return std::move(speller.alternatives);
}

} // namespace pliny
