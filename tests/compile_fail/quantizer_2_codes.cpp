// error: \[quantizer\.2\] a quantizer of weights gives codes
// SPDX-License-Identifier: Apache-2.0
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/mps.hpp>

using namespace pliny;

struct SignAlone {
    static constexpr std::string_view name = "signs";
    static constexpr float scale(ChannelRange channel, int) { return channel.mean; }
#ifdef PLINY_POSITIVE
    static constexpr int code(float w, float, int) { return w < 0 ? -1 : 1; }
#else
    static constexpr int code(float w, float, int) { return w < 0 ? -1 : 2; } // 2 bits end at 1
#endif
    static constexpr float value(int code, float scale, int) { return code < 0 ? -scale : scale; }
};
struct Net : Network<Image<3, 8, 8>, Conv2d<4>> {};
using Search = Mps<Net, SignAlone, Weights<2>>;
static_assert(Search::limits.size() == 0);
