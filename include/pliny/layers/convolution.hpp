// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>
#include <pliny/layers/options.hpp>

#include <string>
#include <type_traits>

namespace pliny::detail {

struct ConvolutionRuntime;

template <class... Options>
inline constexpr bool pads_to_same =
    std::is_same_v<Option<Sets::Padding, Padding<0>, Options...>, SamePadding>;

/// SamePadding has stride 1.
template <class... Options>
inline constexpr bool same_padding_fits =
    !pads_to_same<Options...> || Option<Sets::Stride, Stride<1>, Options...>::size == Size{1};

template <class... Options>
constexpr std::int64_t groups_of(std::int64_t in) {
    using Grouping = Option<Sets::Groups, Groups<1>, Options...>;
    if constexpr (std::is_same_v<Grouping, Depthwise>)
        return in;
    else
        return Grouping::count < 1 ? 1 : Grouping::count; // Groups reports 0
}

/// What a convolution along so many axes does to an input that has as many behind its channels: weights =
/// out x (in / groups) x kernel area (PyTorch, torch.nn.Conv1d, Conv2d, Conv3d).
template <int Axes, class... Options>
constexpr Facts convolution_facts(Kind kind, std::int64_t out, const Shape& in) {
    constexpr bool bias = !has_option<Sets::Bias, Options...>;
    Facts facts{.kind = kind, .channels = Channels::Mix};
    facts.window = window_of<Axes, Options...>(1, 1);
    facts.traits = LayerTraits{.taps = Taps::Weight, .has_window = true, .output_unread = true};
    if (in.rank != Axes + 1) {
        facts.out.rank = Axes + 1;
        for (int axis = 0; axis <= Axes; ++axis)
            facts.out.extent[axis] = axis == 0 ? out : 1;
        facts.problem = {Fault::ConvNeedsImage, in};
        return facts;
    }
    facts.groups = groups_of<Options...>(in.channels());
    facts.out = facts.window.output(in).with_channels(out);
    if (facts.out.positions() < 1)
        facts.problem = {Fault::ConvKernel, in, facts.window.kernel_shape()};
    else if (in.channels() % facts.groups != 0 || out % facts.groups != 0)
        facts.problem = {Fault::ConvGroups, in, Shape{out, facts.groups}};
    facts.weights = out * (in.channels() / facts.groups) * facts.window.area();
    facts.biases = bias ? out : 0;
    facts.depthwise = facts.groups > 1 && facts.groups == in.channels() && facts.groups == out;
    facts.channels = facts.depthwise ? Channels::Keep : facts.groups > 1 ? Channels::Fixed : Channels::Mix;
    facts.keeps_zero = !bias;
    return facts;
}

/// As many groups as channels stay as many when channels are pruned: no other groups are.
template <std::int64_t OutChannels, class... Options>
std::string spelled_convolution(const std::string& name, std::int64_t out) {
    [[maybe_unused]] const auto spelled = [out]<class OptionType>(std::type_identity<OptionType>) {
        if constexpr (std::is_same_v<OptionType, Groups<OutChannels>>)
            return "Groups<" + std::to_string(out) + ">";
        else
            return OptionType::spelled();
    };
    std::string arguments = std::to_string(out);
    ((arguments += ", " + spelled(std::type_identity<Options>{})), ...);
    return name + "<" + arguments + ">";
}

} // namespace pliny::detail
