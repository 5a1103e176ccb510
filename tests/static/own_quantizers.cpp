// SPDX-License-Identifier: Apache-2.0
// What is a quantizer of weights, and which one a search takes.
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/mps.hpp>
#include <pliny/methods/pit.hpp>

#include "../support/own_quantizers.hpp"

using namespace pliny;
using namespace pliny::testing;

namespace {

static_assert(WeightQuantizer<UniformGrid> && WeightQuantizer<GridAgain> && WeightQuantizer<Halves> &&
              WeightQuantizer<Squares>);

struct WithoutValue {
    static constexpr std::string_view name = "without";
    static constexpr float scale(ChannelRange channel, int) { return channel.largest; }
    static constexpr int code(float, float, int) { return 1; }
};
struct FloatCodes : WithoutValue {
    static constexpr float code(float, float, int) { return 1; }
    static constexpr float value(int, float scale, int) { return scale; }
};
struct WithMember : Halves {
    int member = 0;
};
struct NotConstant : Halves {
    static inline int calls = 0;
    static int code(float, float, int) { return ++calls; }
};
static_assert(!WeightQuantizer<WithoutValue> && !WeightQuantizer<FloatCodes> &&
              !WeightQuantizer<WithMember> && !WeightQuantizer<NotConstant> && !WeightQuantizer<PerChannel>);

// The contract, for all bits that weights may have.
template <class Quantizer>
constexpr bool keeps_all_codes() {
    for (int bits : {1, 2, 3, 4, 5, 6, 7, 8, 16})
        if (!pliny::detail::keeps_codes<Quantizer>(bits))
            return false;
    return true;
}
static_assert(keeps_all_codes<UniformGrid>() && keeps_all_codes<GridAgain>() && keeps_all_codes<Halves>());
static_assert(pliny::detail::keeps_codes<Squares>(2) && pliny::detail::keeps_codes<Squares>(8));
struct Shifted : Halves {
    static constexpr int code(float w, float scale, int bits) { return Halves::code(w, scale, bits) + 1; }
};
static_assert(!pliny::detail::keeps_codes<Shifted>(2) && !pliny::detail::keeps_codes<Shifted>(8));

// The uniform grid says of a weight what its Grid says.
constexpr bool same_as_grid(int bits) {
    const ChannelRange channel{1.1f, 0.4f};
    const Grid grid = pliny::detail::channel_grid(channel, bits);
    const float scale = UniformGrid::scale(channel, bits);
    for (float w = -1.3f; w < 1.3f; w += 0.0173f) {
        const float expected = bits == 1 ? (w < 0 ? -channel.mean : channel.mean) : grid.value(w);
        if (UniformGrid::value(UniformGrid::code(w, scale, bits), scale, bits) != expected)
            return false;
    }
    return UniformGrid::step(scale, bits) == grid.step;
}
static_assert(same_as_grid(1) && same_as_grid(2) && same_as_grid(3) && same_as_grid(8) && same_as_grid(16));

static_assert(lowest_code(1) == -1 && highest_code(1) == 1 && lowest_code(2) == -2 && highest_code(2) == 1 &&
              lowest_code(16) == -32768 && highest_code(16) == 32767);
static_assert(pliny::detail::step_of_scale<Halves>(1, 3) == 0.25f &&
              pliny::detail::step_of_scale<Squares>(1, 3) == 0 &&
              pliny::detail::step_of_scale<Halves>(0, 3) == 0);

// Searches.
struct QuantizedByOthers : Network<Image<3, 8, 8>, Conv2d<4>> {};
template <class... Parts>
using Bits = typename Lowered<Mps<QuantizedByOthers, Parts...>>::bit_space;
static_assert(std::is_same_v<Bits<>::quantizer, UniformGrid>);
static_assert(std::is_same_v<Bits<Halves>::quantizer, Halves>);
static_assert(std::is_same_v<Bits<Halves, PerChannel, SharedClip>, Bits<SharedClip, Halves, PerChannel>>);
static_assert(std::is_same_v<Bits<UniformGrid>, Bits<>> && !std::is_same_v<Bits<Halves>, Bits<GridAgain>>);
using Nested = Lowered<Mps<Pit<QuantizedByOthers>, Halves, Cost<ParamsBit>>>;
static_assert(std::is_same_v<Nested::bit_space::quantizer, Halves>);

} // namespace
