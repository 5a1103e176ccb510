// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/describe.hpp>
#include <pliny/graph/row.hpp>

#include <string>

namespace pliny {

/// What a layer is, for reading beside its path: "Conv2d 3x3", "Conv2d 3x3 depthwise", "Conv2d 1x1, 4
/// groups", "MaxPool2d 2x2", "Linear". Kernels are height x width.
inline std::string layer_text(const Facts& facts) {
    std::string text(kind_name(facts.kind));
    const bool convolves = facts.kind == Kind::Conv2d;
    if (convolves || facts.kind == Kind::MaxPool2d || facts.kind == Kind::AvgPool2d)
        text += " " + std::to_string(facts.window.kernel.height) + "x" +
                std::to_string(facts.window.kernel.width);
    if (convolves && facts.depthwise)
        text += " depthwise";
    else if (convolves && facts.groups > 1)
        text += ", " + std::to_string(facts.groups) + " groups";
    return text;
}
inline std::string layer_text(const Row& row) { return layer_text(row.facts); }

} // namespace pliny
