// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/convolution.hpp>

namespace pliny {

/// 2-D convolution with `OutChannels` output channels; the input channels follow from the layer before.
/// Options, any order, PyTorch's defaults: Kernel (1), Stride (1), Padding (0) or SamePadding, Dilation (1),
/// Groups or Depthwise, NoBias.
template <std::int64_t OutChannels, class... Options>
struct Conv2d {
    static_assert(OutChannels > 0, "[conv2d.1] Conv2d needs a positive number of output channels");
    static_assert(known_options<List<Options...>, Sets::Kernel, Sets::Stride, Sets::Padding, Sets::Dilation,
                                Sets::Groups, Sets::Bias>,
                  "[conv2d.2] Conv2d does not know one of its options; it takes Kernel, Stride, Padding or "
                  "SamePadding, "
                  "Dilation, Groups or Depthwise, NoBias");
    static_assert(distinct_options<Options...>,
                  "[conv2d.3] an option of Conv2d is given twice; keep one of each");

    static_assert(detail::same_padding_fits<Options...>,
                  "[conv2d.4] SamePadding needs stride 1; give the zeros as Padding<...> instead");

    static constexpr bool bias = !has_option<Sets::Bias, Options...>;
    using runtime = detail::ConvolutionRuntime;

    static constexpr Facts facts(const Shape& in) {
        return detail::convolution_facts<2, Options...>(Kind::Conv2d, OutChannels, in);
    }
    static std::string spelled(std::int64_t out) {
        return detail::spelled_convolution<OutChannels, Options...>("Conv2d", out);
    }
};

} // namespace pliny
