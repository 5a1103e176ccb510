// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/paths.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace pliny {

/// Where the share theta of an alternative is applied.
enum class ThetaSite : std::uint8_t {
    Nothing, // it gives zeros
    Merged,  // it becomes part of the weight of a convolution of another alternative, or takes others in
    Weight,  // into weight and bias of its last layer
    Affine,  // into scale and shift of the batch norm at its end: free
    Output,  // onto its output, while the outputs of all alternatives are summed
};
struct ThetaPlace {
    ThetaSite site = ThetaSite::Output;
    int row = -1;  // the layer that takes theta; of a Merged layer without weights, that layer
    int base = -1; // Merged: the convolution that runs for all
};

/// Positions of the taps of a smaller kernel in a larger one, along each axis: begin, begin + step, ...
struct TapGrid {
    std::int64_t begin[Size::max_axes]{};
    std::int64_t step[Size::max_axes]{1, 1, 1};
};

namespace detail {

/// Along one axis; false where a tap would lie between those of the base, or outside.
constexpr bool place_taps(const Window& part, const Window& base, int axis, TapGrid& taps) {
    const std::int64_t kernel = part.kernel[axis], dilation = part.dilation[axis],
                       offset = base.before[axis] - part.before[axis], every = base.dilation[axis];
    if (part.stride[axis] != base.stride[axis] || offset < 0 || offset % every != 0 ||
        (kernel > 1 && dilation % every != 0))
        return false;
    taps.begin[axis] = offset / every;
    taps.step[axis] = kernel > 1 ? dilation / every : 1;
    return taps.begin[axis] + (kernel - 1) * taps.step[axis] < base.kernel[axis];
}

} // namespace detail

/// Where the taps of a layer lie in the kernel of a convolution on the same input, if the layer is a linear
/// map that this convolution could do as well: a convolution with the same stride and groups, whose taps are
/// among those of the base; an Identity (a kernel with a single 1); average pooling (a constant kernel).
constexpr bool merges(const Facts& part, const Facts& base, const Shape& in, TapGrid& taps) {
    if (base.traits.taps != Taps::Weight || part.out != base.out || part.traits.taps == Taps::Nothing)
        return false;
    if (part.traits.taps == Taps::Weight ? part.groups != base.groups : in.rank != base.window.axes + 1)
        return false;
    for (int axis = 0; axis < base.window.axes; ++axis) // the window of Identity is 1 and 0
        if (!detail::place_taps(part.window, base.window, axis, taps))
            return false;
    return true;
}

namespace detail {

template <class Part, class Base>
constexpr bool merges_over(const Shape& in) {
    TapGrid taps;
    return merges(facts_of<Part>(in), facts_of<Base>(in), in, taps);
}

} // namespace detail

/// The layer can become part of the convolution when both are alternatives over inputs of shape In:
/// `Mergeable<Conv2d<8, Kernel<3>, Padding<1>>, Conv2d<8, Kernel<5>, Padding<2>>, Shape{8, 16, 16}>`.
template <class Part, class Base, Shape In>
concept Mergeable = detail::merges_over<Part, Base>(In);

/// The place of every alternative of a plan. With `merge`, alternatives that are one layer each become one
/// convolution: that with the largest kernel, and all that fit into it.
template <class AnyPlan>
constexpr std::array<ThetaPlace, alternative_count<AnyPlan>> theta_places(const AnyPlan& plan, bool merge) {
    constexpr std::int64_t typical_batch = 32;
    std::array<ThetaPlace, alternative_count<AnyPlan>> places{};
    for (std::size_t a = 0; a < places.size(); ++a) {
        const Alternative& one = plan.alternatives[a];
        if (one.end == one.first)
            continue;
        const Row& last = plan[one.output];
        const Facts& facts = last.facts;
        places[a].row = one.output;
        if (facts.traits.gives_zeros)
            places[a].site = ThetaSite::Nothing;
        else if (facts.norm > 0)
            places[a].site = ThetaSite::Affine;
        else if (facts.weights > 0 && facts.weights < typical_batch * facts.out.elements())
            places[a].site = ThetaSite::Weight;
    }
    for (int row : plan.choices) { // where all give zeros, one must do so
        bool gives = false;
        for (std::size_t a = 0; a < places.size(); ++a)
            gives = gives || (plan.alternatives[a].choice == row && places[a].site != ThetaSite::Nothing);
        if (!gives)
            places[static_cast<std::size_t>(plan[row].first_alternative)].site = ThetaSite::Output;
    }
    const auto single = [&](const Alternative& one) { return one.end - one.first == 1; };
    for (int row : plan.choices) {
        const auto first = static_cast<std::size_t>(plan[row].first_alternative);
        int base = -1, joined = 0;
        for (const Alternative& one : plan.alternatives_of(row)) {
            const Facts& facts = plan[one.output].facts;
            if (single(one) && facts.traits.taps == Taps::Weight &&
                (base < 0 || facts.window.area() > plan[base].facts.window.area()))
                base = one.output;
        }
        TapGrid taps;
        for (bool marking : {false, true}) // a base alone is not merged
            for (const Alternative& one : plan.alternatives_of(row))
                if (merge && base >= 0 && single(one) &&
                    merges(plan[one.output].facts, plan[base].facts, plan[base].in, taps)) {
                    if (!marking)
                        ++joined;
                    else if (joined > 1)
                        places[first + static_cast<std::size_t>(one.number)] = {ThetaSite::Merged, one.output,
                                                                                base};
                }
    }
    return places;
}

} // namespace pliny
