// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>
#include <pliny/layers/options.hpp>

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

    static_assert(!std::is_same_v<Option<Sets::Padding, Padding<0>, Options...>, SamePadding> ||
                      Option<Sets::Stride, Stride<1>, Options...>::size == Size{1},
                  "[conv2d.4] SamePadding needs stride 1; give the zeros as Padding<...> instead");

    static constexpr bool bias = !has_option<Sets::Bias, Options...>;

    /// weights = OutChannels x (in / groups) x kernel area (PyTorch, torch.nn.Conv2d).
    static constexpr Facts facts(const Shape& in) {
        Facts facts{.kind = Kind::Conv2d, .channels = Channels::Mix};
        if (in.rank != 3) {
            facts.out = Shape{OutChannels, 1, 1};
            facts.problem = {Fault::ConvNeedsImage, in};
            return facts;
        }
        facts.window = window();
        facts.groups = groups(in.channels());
        const Size size = facts.window.output(in);
        facts.out = Shape{OutChannels, size.height, size.width};
        if (size.height < 1 || size.width < 1)
            facts.problem = {Fault::ConvKernel, in,
                             Shape{facts.window.kernel.height, facts.window.kernel.width}};
        else if (in.channels() % facts.groups != 0 || OutChannels % facts.groups != 0)
            facts.problem = {Fault::ConvGroups, in, Shape{OutChannels, facts.groups}};
        facts.weights = OutChannels * (in.channels() / facts.groups) * facts.window.kernel.area();
        facts.biases = bias ? OutChannels : 0;
        facts.depthwise = facts.groups > 1 && facts.groups == in.channels() && facts.groups == OutChannels;
        facts.channels = facts.depthwise    ? Channels::Keep
                         : facts.groups > 1 ? Channels::Fixed
                                            : Channels::Mix;
        facts.keeps_zero = !bias;
        return facts;
    }

    static std::string spelled(std::int64_t out) {
        std::string arguments = std::to_string(out);
        ((arguments += ", " + spelled_option<Options>(out)), ...);
        return "Conv2d<" + arguments + ">";
    }

private:
    /// As many groups as channels stay as many when channels are pruned: no other groups are.
    template <class OptionType>
    static std::string spelled_option(std::int64_t out) {
        if constexpr (std::is_same_v<OptionType, Groups<OutChannels>>)
            return "Groups<" + std::to_string(out) + ">";
        else
            return OptionType::spelled();
    }
    static constexpr Window window() {
        Window window{.kernel = Option<Sets::Kernel, Kernel<1>, Options...>::size,
                      .stride = Option<Sets::Stride, Stride<1>, Options...>::size,
                      .dilation = Option<Sets::Dilation, Dilation<1>, Options...>::size};
        using Pad = Option<Sets::Padding, Padding<0>, Options...>;
        if constexpr (std::is_same_v<Pad, SamePadding>) {
            const Size total{window.dilation.height * (window.kernel.height - 1),
                             window.dilation.width * (window.kernel.width - 1)};
            window.before = {total.height / 2, total.width / 2};
            window.after = {total.height - window.before.height, total.width - window.before.width};
        } else {
            window.before = window.after = Pad::size;
        }
        return window;
    }
    static constexpr std::int64_t groups(std::int64_t in) {
        using Grouping = Option<Sets::Groups, Groups<1>, Options...>;
        if constexpr (std::is_same_v<Grouping, Depthwise>)
            return in;
        else
            return Grouping::count < 1 ? 1 : Grouping::count; // Groups reports 0
    }
};

} // namespace pliny
