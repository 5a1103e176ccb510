// error: \[transformed\.5\] not a WeightTransform
// SPDX-License-Identifier: Apache-2.0
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/transformed.hpp>

using namespace pliny;

struct Net : Network<Image<4, 8, 8>, Conv2d<4>> {};
struct Own {
#ifdef PLINY_POSITIVE
    static constexpr int multiple = 1;
#endif
    static constexpr bool applies(const Facts&, const Shape&) { return true; }
    static constexpr Density density(const Facts&, const Shape&) { return {}; }
    static std::string spelled() { return "Own"; }
};
using Case = Transformed<Net, Own>;
static_assert(plan<Case>.size() == 2);
