// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/window.hpp>
#include <pliny/meta/list.hpp>
#include <pliny/meta/real.hpp>

#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>

namespace pliny {

/// What an option sets; a layer takes at most one of each.
enum class Sets : std::uint8_t {
    Kernel,
    Stride,
    Padding,
    Dilation,
    Groups,
    Bias,
    Epsilon,
    Momentum,
    Affine,
    Slope,
    Probability
};

/// An option of a layer: `sets` says what it sets, `spelled()` writes it as C++.
template <class OptionType>
concept LayerOption = requires {
    { OptionType::sets } -> std::convertible_to<Sets>;
};

/// Its numbers: "2", "25, 5".
inline std::string numbers_of(const Size& size) {
    std::string text = std::to_string(size.first);
    for (int axis = 1; axis < size.count(); ++axis)
        text += ", " + std::to_string(size[axis]);
    return text;
}
inline std::string spelled(const Size& size) {
    return size.count() == 1 ? numbers_of(size) : "Size{" + numbers_of(size) + "}";
}

/// An option with one number for all axes or one for each, such as `Kernel<3>` or `Kernel<10, 4>`.
template <Sets What, std::int64_t... Extents>
struct SizeOption {
    static constexpr Sets sets = What;
    static constexpr bool fits(int axes) { return sizeof...(Extents) == 1 || sizeof...(Extents) == axes; }
    static constexpr Size size = [] {
        constexpr std::int64_t extents[]{Extents..., Size::missing, Size::missing};
        return Size{extents[0], extents[1], extents[2]};
    }();

protected:
    static std::string spelled_as(const std::string& word) { return word + "<" + numbers_of(size) + ">"; }
};

template <std::int64_t First, std::int64_t... Others>
struct Kernel : SizeOption<Sets::Kernel, First, Others...> {
    static_assert(First > 0 && ((Others > 0) && ...), "[kernel.1] Kernel needs positive sizes");
    static std::string spelled() { return Kernel::spelled_as("Kernel"); }
};

template <std::int64_t First, std::int64_t... Others>
struct Stride : SizeOption<Sets::Stride, First, Others...> {
    static_assert(First > 0 && ((Others > 0) && ...), "[stride.1] Stride needs positive sizes");
    static std::string spelled() { return Stride::spelled_as("Stride"); }
};

/// Zeros added on both sides.
template <std::int64_t First, std::int64_t... Others>
struct Padding : SizeOption<Sets::Padding, First, Others...> {
    static_assert(First >= 0 && ((Others >= 0) && ...), "[padding.1] Padding cannot be negative");
    static std::string spelled() { return Padding::spelled_as("Padding"); }
};

/// Zeros added so that, at stride 1, the output is as large as the input (PyTorch's padding='same').
struct SamePadding {
    static constexpr Sets sets = Sets::Padding;
    static std::string spelled() { return "SamePadding"; }
};

template <std::int64_t First, std::int64_t... Others>
struct Dilation : SizeOption<Sets::Dilation, First, Others...> {
    static_assert(First > 0 && ((Others > 0) && ...), "[dilation.1] Dilation needs positive sizes");
    static std::string spelled() { return Dilation::spelled_as("Dilation"); }
};

/// Input and output channels fall into so many groups that do not see each other.
template <std::int64_t Count>
struct Groups {
    static_assert(Count > 0, "[groups.1] Groups needs a positive number");
    static constexpr Sets sets = Sets::Groups;
    static constexpr std::int64_t count = Count;
    static std::string spelled() { return "Groups<" + std::to_string(Count) + ">"; }
};

/// As many groups as input channels.
struct Depthwise {
    static constexpr Sets sets = Sets::Groups;
    static std::string spelled() { return "Depthwise"; }
};

struct NoBias {
    static constexpr Sets sets = Sets::Bias;
    static std::string spelled() { return "NoBias"; }
};

/// Added to the variance before the square root is taken.
template <Real Value>
struct Epsilon {
    static_assert(Value.value() > 0, "[epsilon.1] Epsilon must be positive");
    static constexpr Sets sets = Sets::Epsilon;
    static constexpr double value = Value.value();
    static std::string spelled() { return "Epsilon<" + pliny::spelled(Value) + ">"; }
};

/// Share of the newest batch in the running statistics.
template <Real Value>
struct Momentum {
    static_assert(Value.value() >= 0 && Value.value() <= 1, "[momentum.1] Momentum lies between 0 and 1");
    static constexpr Sets sets = Sets::Momentum;
    static constexpr double value = Value.value();
    static std::string spelled() { return "Momentum<" + pliny::spelled(Value) + ">"; }
};

/// A normalisation without scale and shift.
struct NoAffine {
    static constexpr Sets sets = Sets::Affine;
    static std::string spelled() { return "NoAffine"; }
};

template <Real Value>
struct NegativeSlope {
    static constexpr Sets sets = Sets::Slope;
    static constexpr double value = Value.value();
    static std::string spelled() { return "NegativeSlope<" + pliny::spelled(Value) + ">"; }
};

/// Share of the values that dropout sets to zero.
template <Real Value>
struct Probability {
    static_assert(Value.value() >= 0 && Value.value() < 1, "[probability.1] Probability lies in [0, 1)");
    static constexpr Sets sets = Sets::Probability;
    static constexpr double value = Value.value();
    static std::string spelled() { return "Probability<" + pliny::spelled(Value) + ">"; }
};

/// The option is one of those that a layer knows.
template <class OptionType, Sets... Known>
inline constexpr bool known_option = false;
template <LayerOption OptionType, Sets... Known>
inline constexpr bool known_option<OptionType, Known...> = ((OptionType::sets == Known) || ...);

template <class List, Sets... Known>
inline constexpr bool known_options = false;
template <class... Options, Sets... Known>
inline constexpr bool known_options<List<Options...>, Known...> = (known_option<Options, Known...> && ...);

/// The option sets What; false for what is no option, which known_options reports.
template <class OptionType, Sets What>
inline constexpr bool option_sets = false;
template <LayerOption OptionType, Sets What>
inline constexpr bool option_sets<OptionType, What> = OptionType::sets == What;

template <Sets What, class... Options>
inline constexpr int times_set = (0 + ... + static_cast<int>(option_sets<Options, What>));

template <Sets What, class... Options>
inline constexpr bool has_option = times_set<What, Options...> > 0;

template <class OptionType, class... Options>
inline constexpr bool set_once = true;
template <LayerOption OptionType, class... Options>
inline constexpr bool set_once<OptionType, Options...> = times_set<OptionType::sets, Options...> == 1;

/// No two options set the same thing.
template <class... Options>
inline constexpr bool distinct_options = (set_once<Options, Options...> && ...);

template <Sets What, class Default, class... Options>
struct FindOption {
    using type = Default;
};
template <Sets What, class Default, class First, class... Rest>
struct FindOption<What, Default, First, Rest...>
    : std::conditional_t<option_sets<First, What>, FindOption<What, First>,
                         FindOption<What, Default, Rest...>> {};

/// The option that sets What, or the default.
template <Sets What, class Default, class... Options>
using Option = typename FindOption<What, Default, Options...>::type;

namespace detail {

/// The option has one number for all of so many axes, or one for each.
template <class OptionType, int Axes>
inline constexpr bool fits_axes = true;
template <class OptionType, int Axes>
    requires requires { OptionType::fits(Axes); }
inline constexpr bool fits_axes<OptionType, Axes> = OptionType::fits(Axes);

template <bool Fits>
constexpr void check_axes() {
    static_assert(Fits, "[window.1] sizes have one number for all axes, or one for each of them: those of "
                        "Conv2d, MaxPool2d and AvgPool2d are height and width");
}

} // namespace detail

/// The window along so many axes that options set, with this kernel and stride where they set none.
template <int Axes, class... Options>
constexpr Window window_of(Size kernel, Size stride) {
    detail::check_axes<(detail::fits_axes<Options, Axes> && ...)>();
    Window window{.kernel = kernel, .stride = stride, .axes = Axes};
    if constexpr (has_option<Sets::Kernel, Options...>)
        window.kernel = Option<Sets::Kernel, Kernel<1>, Options...>::size;
    if constexpr (has_option<Sets::Stride, Options...>)
        window.stride = Option<Sets::Stride, Stride<1>, Options...>::size;
    window.dilation = Option<Sets::Dilation, Dilation<1>, Options...>::size;
    using Pad = Option<Sets::Padding, Padding<0>, Options...>;
    if constexpr (std::is_same_v<Pad, SamePadding>)
        window.pad_to_same();
    else
        window.before = window.after = Pad::size;
    return window;
}

/// `Name<first, Option, ...>` as C++ source.
template <class... Options>
std::string spelled_layer(const std::string& name, std::string first) {
    ((first += (first.empty() ? "" : ", ") + Options::spelled()), ...);
    return first.empty() ? name : name + "<" + first + ">";
}

} // namespace pliny
