// error: \[cost\.6\] a cost falls when a layer gets wider
// SPDX-License-Identifier: Apache-2.0
// error: FallingCost<.*(Path\{"0", 1\}|\{48\b).*Saved
#include <pliny/methods/pit.hpp>
#include <pliny/models/cnn.hpp>

#include <string_view>

using namespace pliny;

struct Saved {
    static constexpr std::string_view name = "saved";
    template <class Number>
    constexpr Number operator()(const LayerCall<Number>& call) const {
#ifdef PLINY_POSITIVE
        return call.weights() + 100'000;
#else
        return call.weights() * -1 + 100'000;
#endif
    }
};
static_assert(Pit<Cnn, Cost<Saved{}>>::bounds[0].smallest > 0);
