// error: \[mps\.12\] LearnedSteps learns the steps of uniform grids
// SPDX-License-Identifier: Apache-2.0
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/mps.hpp>

using namespace pliny;

struct SignAlone {
    static constexpr std::string_view name = "signs";
    static constexpr float scale(ChannelRange channel, int) { return channel.mean; }
    static constexpr int code(float w, float, int) { return w < 0 ? -1 : 1; }
    static constexpr float value(int code, float scale, int) { return code < 0 ? -scale : scale; }
};
struct Net : Network<Image<3, 8, 8>, Conv2d<4>> {};
#ifdef PLINY_POSITIVE
using Search = Mps<Net, UniformGrid, LearnedSteps>;
#else
using Search = Mps<Net, SignAlone, LearnedSteps>;
#endif
static_assert(Search::limits.size() == 0);
