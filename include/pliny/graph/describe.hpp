// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/paths.hpp>
#include <pliny/meta/text.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace pliny {

inline std::string shape_text(const Shape& shape) {
    std::string text;
    for (int axis = 0; axis < shape.rank; ++axis)
        text.append(axis ? "x" : "").append(std::to_string(shape[axis]));
    return text;
}

namespace detail {

/// The groups of a row's channels; `frozen(g)` marks those that cannot lose any.
template <class AnyPlan, class Frozen>
std::string group_names(const AnyPlan& plan, int row, Frozen frozen) {
    std::string names;
    for (const Segment& segment : plan.channels(row)) {
        const Group& group = plan.groups[static_cast<std::size_t>(segment.group)];
        names += (names.empty() ? "" : " + ") + std::string(plan[group.first_row].path.view());
        names += frozen(segment.group) ? "*" : "";
        names += segment.repeat == 1 ? "" : joined(" x", segment.repeat);
    }
    return names;
}

template <class AnyPlan, class Frozen>
std::string plan_table(const AnyPlan& plan, Frozen frozen) {
    std::size_t path_width = 5, group_width = 10;
    for (int row = 0; row < plan.size(); ++row) {
        path_width = std::max(path_width, plan[row].path.size);
        group_width = std::max(group_width, group_names(plan, row, frozen).size());
    }
    const auto line = [&](std::string_view path, std::string_view kind, std::string_view out,
                          std::string_view weights, std::string_view macs, std::string_view groups) {
        return left(path, path_width) + "  " + left(kind, 17) + "  " + right(out, 12) + "  " +
               right(weights, 12) + "  " + right(macs, 15) + (groups.empty() ? "" : "  ") +
               std::string(groups) + "\n";
    };
    constexpr bool chooses = choice_count < AnyPlan >> 0;
    std::string text = line("layer", "kind", "output", "weights", "MACs", "mask group");
    text += std::string(path_width + 66 + group_width, '-') + "\n";
    const auto weights_of = [&](int row) {
        return static_cast<double>(plan[row].facts.weights_left() + plan[row].facts.biases);
    };
    const auto macs_of = [&](int row) { return static_cast<double>(plan[row].facts.macs_with_biases()); };
    for (int row = 0; row < plan.size(); ++row) {
        const Row& r = plan[row];
        const auto number = [&](std::int64_t n) { return n == 0 ? std::string() : std::to_string(n); };
        text += line(r.path.view(), kind_name(r.facts.kind), shape_text(r.out()),
                     number(r.facts.weights_left() + r.facts.biases), number(r.facts.macs_with_biases()),
                     group_names(plan, row, frozen));
    }
    const auto weights = path_extremes(plan, weights_of), macs = path_extremes(plan, macs_of);
    if (chooses)
        text += line("smallest", "", "", decimals(weights.least, 0), decimals(macs.least, 0), "");
    text += line(chooses ? "largest" : "total", "", "", decimals(weights.largest, 0),
                 decimals(macs.largest, 0), "* = frozen");
    if (chooses)
        text += joined(plan.choices.size(), plan.choices.size() == 1 ? " choice, " : " choices, ",
                       decimals(path_count(plan), 0), " paths\n");
    return text;
}

} // namespace detail

/// A network as a table: path, kind, output shape, weights with biases, MACs as the cost Ops counts them (a
/// bias is one more for each output), mask group of every layer. Where there are choices, with the smallest
/// and the largest path and the number of paths.
template <DescribedNetwork Net>
std::string describe() {
    return detail::plan_table(
        plan<Net>, [](int group) { return plan<Net>.groups[static_cast<std::size_t>(group)].frozen; });
}

} // namespace pliny
