// error: \[join\.5\] JoinedBy takes layers and blocks
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/joined_by.hpp>
#include <pliny/graph/plan.hpp>
#include <pliny/layers/identity.hpp>

using namespace pliny;

struct Gate {
    static constexpr Facts facts(std::span<const Shape> inputs) { return elementwise_facts(inputs); }
    static std::string spelled() { return "Gate"; }
};

#ifdef PLINY_POSITIVE
using Case = JoinedBy<Gate, Identity, Identity>;
#else
using Case = JoinedBy<Gate, Identity, int>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
