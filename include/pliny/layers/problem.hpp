// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/shape.hpp>

namespace pliny {

/// Why a layer cannot take its input; each has its sentence in graph/diagnosis.hpp.
enum class Fault {
    Nothing,
    ConvNeedsImage,
    ConvKernel,
    ConvGroups,
    LinearNeedsFeatures,
    NormNeedsFeatures,
    NormNeedsImage,
    PoolNeedsImage,
    PoolKernel,
    AddShapes,
    ResidualShapes,
    ConcatShapes,
    ChoiceShapes,
    JoinShapes,
    JoinFacts,
    Custom
};

/// A fault with the two shapes (or numbers) that contradict each other.
struct Problem {
    Fault fault = Fault::Nothing;
    Shape found{};
    Shape expected{};

    constexpr explicit operator bool() const { return fault != Fault::Nothing; }
};

} // namespace pliny
