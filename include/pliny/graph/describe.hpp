// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/plan.hpp>
#include <pliny/meta/text.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace pliny {

inline std::string_view kind_name(Kind kind) {
    constexpr std::string_view names[] = {
        "Input",   "Conv2d",  "Linear",   "BatchNorm1d", "BatchNorm2d", "ReLU",      "ReLU6",
        "SiLU",    "Sigmoid", "Tanh",     "LeakyReLU",   "MaxPool2d",   "AvgPool2d", "AdaptiveAvgPool2d",
        "Flatten", "Dropout", "Identity", "Add",         "Concat",      "Custom"};
    static_assert(sizeof names / sizeof names[0] == static_cast<std::size_t>(Kind::Custom) + 1);
    return names[static_cast<std::size_t>(kind)];
}

inline std::string shape_text(const Shape& shape) {
    std::string text;
    for (int axis = 0; axis < shape.rank; ++axis)
        text += (axis ? "x" : "") + std::to_string(shape[axis]);
    return text;
}

namespace detail {

/// The groups of a row's channels; `frozen(g)` marks those that cannot lose any.
template <class P, class Frozen>
std::string group_names(const P& plan, int row, Frozen frozen) {
    std::string names;
    for (const Segment& segment : plan.channels(row)) {
        const Group& group = plan.groups[static_cast<std::size_t>(segment.group)];
        names += (names.empty() ? "" : " + ") + std::string(plan[group.first_row].path.view());
        names += frozen(segment.group) ? "*" : "";
        names += segment.repeat == 1 ? "" : joined(" x", segment.repeat);
    }
    return names;
}

template <class P, class Frozen>
std::string plan_table(const P& plan, Frozen frozen) {
    std::size_t path_width = 5, group_width = 10;
    for (int row = 0; row < plan.size(); ++row) {
        path_width = std::max(path_width, plan[row].path.size);
        group_width = std::max(group_width, group_names(plan, row, frozen).size());
    }
    const auto line = [&](std::string_view path, std::string_view kind, std::string_view out,
                          std::string_view weights, std::string_view macs, std::string_view groups) {
        return left(path, path_width) + "  " + left(kind, 17) + "  " + right(out, 12) + "  " +
               right(weights, 12) + "  " + right(macs, 15) + "  " + std::string(groups) + "\n";
    };
    std::string text = line("layer", "kind", "output", "weights", "MACs", "mask group");
    text += std::string(path_width + 66 + group_width, '-') + "\n";
    std::int64_t weights = 0, macs = 0;
    for (int row = 0; row < plan.size(); ++row) {
        const Row& r = plan[row];
        weights += r.facts.weights + r.facts.biases;
        macs += r.facts.macs();
        const auto number = [&](std::int64_t n) { return n == 0 ? std::string() : std::to_string(n); };
        text += line(r.path.view(), kind_name(r.facts.kind), shape_text(r.out()),
                     number(r.facts.weights + r.facts.biases), number(r.facts.macs()),
                     group_names(plan, row, frozen));
    }
    return text + line("total", "", "", std::to_string(weights), std::to_string(macs), "* = frozen");
}

} // namespace detail

/// A network as a table: path, kind, output shape, weights with biases, MACs without them, mask group of
/// every layer.
template <DescribedNetwork Net>
std::string describe() {
    return detail::plan_table(
        plan<Net>, [](int group) { return plan<Net>.groups[static_cast<std::size_t>(group)].frozen; });
}

} // namespace pliny
