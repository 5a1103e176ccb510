// error: \[layer\.1\] a layer does not take
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/plan.hpp>

using namespace pliny;

struct Odd {
    static constexpr Facts facts(const Shape& in) {
        Facts facts{.out = in};
#ifndef PLINY_POSITIVE
        facts.problem = {Fault::Custom, in, Shape{4, 8, 8}};
#endif
        return facts;
    }
    static std::string spelled(std::int64_t) { return "Odd"; }
};
struct Net : Network<Image<3, 8, 8>, Odd> {};
static_assert(plan<Net>.size() > 1);
