// error: \[join\.1\] the branches of JoinedBy give
// SPDX-License-Identifier: Apache-2.0
// error: \{5, 8, 8.*\{4, 8, 8
#include <pliny/graph/joined_by.hpp>
#include <pliny/graph/plan.hpp>
#include <pliny/layers/conv2d.hpp>

using namespace pliny;

struct First { // does not look at the others
    static constexpr Facts facts(std::span<const Shape> inputs) {
        return {.out = inputs[0], .channels = Channels::Join};
    }
    static std::string spelled() { return "First"; }
};

#ifdef PLINY_POSITIVE
using Case = JoinedBy<First, Conv2d<4>, Conv2d<4>>;
#else
using Case = JoinedBy<First, Conv2d<4>, Conv2d<5>>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
