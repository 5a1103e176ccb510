// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/core.hpp>

namespace pliny::testing {

/// Inputs with one and three axes behind the channels.
template <std::int64_t ChannelCount, std::int64_t Length>
struct Signal {
    static constexpr Shape shape{ChannelCount, Length};
};
template <std::int64_t ChannelCount, std::int64_t Depth, std::int64_t Height, std::int64_t Width>
struct Volume {
    static constexpr Shape shape{ChannelCount, Depth, Height, Width};
};

/// Layers along other than two axes, made of what those along two are made of.
template <int Axes, std::int64_t OutChannels, class... Options>
struct ConvolutionAlong {
    using runtime = detail::ConvolutionRuntime;
    static constexpr Facts facts(const Shape& in) {
        return detail::convolution_facts<Axes, Options...>(Kind::Conv2d, OutChannels, in);
    }
    static std::string spelled(std::int64_t out) {
        return detail::spelled_convolution<OutChannels, Options...>("ConvolutionAlong", out);
    }
};
template <int Axes, Size KernelSize, class... Options>
struct MaxPoolAlong {
    static_assert(pool_window_fits<Axes, KernelSize, Options...>);
    using runtime = detail::MaxPoolRuntime;
    static constexpr Facts facts(const Shape& in) {
        return pool_facts(Kind::MaxPool2d, pool_window<Axes, KernelSize, Options...>(), in);
    }
    static std::string spelled(std::int64_t) { return "MaxPoolAlong"; }
};
template <int Axes, Size KernelSize, class... Options>
struct AvgPoolAlong {
    static_assert(pool_window_fits<Axes, KernelSize, Options...>);
    using runtime = detail::AvgPoolRuntime;
    static constexpr Facts facts(const Shape& in) {
        Facts facts = pool_facts(Kind::AvgPool2d, pool_window<Axes, KernelSize, Options...>(), in);
        facts.traits.taps = Taps::Mean;
        return facts;
    }
    static std::string spelled(std::int64_t) { return "AvgPoolAlong"; }
};

template <std::int64_t OutChannels, class... Options>
using Conv1d = ConvolutionAlong<1, OutChannels, Options...>;
template <std::int64_t OutChannels, class... Options>
using Conv3d = ConvolutionAlong<3, OutChannels, Options...>;

} // namespace pliny::testing
