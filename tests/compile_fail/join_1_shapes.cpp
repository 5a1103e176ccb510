// error: \[join\.1\] the branches of JoinedBy give
// SPDX-License-Identifier: Apache-2.0
// error: \{5, 8, 8.*\{4, 8, 8
#include <pliny/graph/joined_by.hpp>
#include <pliny/graph/plan.hpp>
#include <pliny/layers/conv2d.hpp>

using namespace pliny;

struct Gate {
    static constexpr Facts facts(std::span<const Shape> inputs) { return elementwise_facts(inputs); }
    static std::string spelled() { return "Gate"; }
};

#ifdef PLINY_POSITIVE
using Case = JoinedBy<Gate, Conv2d<4>, Conv2d<4>>;
#else
using Case = JoinedBy<Gate, Conv2d<4>, Conv2d<5>>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
