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
    if (!facts.traits.has_window)
        return text;
    text += " " + shape_text(facts.window.kernel_shape());
    if (facts.depthwise)
        text += " depthwise";
    else if (facts.groups > 1)
        text += ", " + std::to_string(facts.groups) + " groups";
    return text;
}
inline std::string layer_text(const Row& row) { return layer_text(row.facts); }

} // namespace pliny
