// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/shape.hpp>
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

inline std::string spelled(Size size) {
    return size.height == size.width
               ? std::to_string(size.height)
               : "Size{" + std::to_string(size.height) + ", " + std::to_string(size.width) + "}";
}

/// Height and width of an option such as `Kernel<3>` or `Kernel<10, 4>`.
template <Sets What, std::int64_t Height, std::int64_t Width>
struct SizeOption {
    static constexpr Sets sets = What;
    static constexpr Size size{Height, Width};

protected:
    static std::string spelled_as(const char* word) {
        const std::string height = word + ("<" + std::to_string(Height));
        return Height == Width ? height + ">" : height + ", " + std::to_string(Width) + ">";
    }
};

template <std::int64_t Height, std::int64_t Width = Height>
struct Kernel : SizeOption<Sets::Kernel, Height, Width> {
    static_assert(Height > 0 && Width > 0, "[kernel.1] Kernel needs positive sizes");
    static std::string spelled() { return Kernel::spelled_as("Kernel"); }
};

template <std::int64_t Height, std::int64_t Width = Height>
struct Stride : SizeOption<Sets::Stride, Height, Width> {
    static_assert(Height > 0 && Width > 0, "[stride.1] Stride needs positive sizes");
    static std::string spelled() { return Stride::spelled_as("Stride"); }
};

/// Zeros added on both sides.
template <std::int64_t Height, std::int64_t Width = Height>
struct Padding : SizeOption<Sets::Padding, Height, Width> {
    static_assert(Height >= 0 && Width >= 0, "[padding.1] Padding cannot be negative");
    static std::string spelled() { return Padding::spelled_as("Padding"); }
};

/// Zeros added so that, at stride 1, the output is as large as the input (PyTorch's padding='same').
struct SamePadding {
    static constexpr Sets sets = Sets::Padding;
    static std::string spelled() { return "SamePadding"; }
};

template <std::int64_t Height, std::int64_t Width = Height>
struct Dilation : SizeOption<Sets::Dilation, Height, Width> {
    static_assert(Height > 0 && Width > 0, "[dilation.1] Dilation needs positive sizes");
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

/// `Name<first, Option, ...>` as C++ source.
template <class... Options>
std::string spelled_layer(const std::string& name, std::string first) {
    ((first += (first.empty() ? "" : ", ") + Options::spelled()), ...);
    return first.empty() ? name : name + "<" + first + ">";
}

} // namespace pliny
