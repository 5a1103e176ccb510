// error: \[join\.6\] two children of JoinedBy
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/joined_by.hpp>
#include <pliny/graph/named.hpp>
#include <pliny/graph/plan.hpp>
#include <pliny/layers/identity.hpp>

using namespace pliny;

struct Gate {
    static constexpr Facts facts(std::span<const Shape> inputs) { return elementwise_facts(inputs); }
    static std::string spelled() { return "Gate"; }
};

#ifdef PLINY_POSITIVE
using Case = JoinedBy<Gate, Named<"a", Identity>, Named<"b", Identity>>;
#else
using Case = JoinedBy<Gate, Named<"a", Identity>, Named<"a", Identity>>;
#endif
struct Net : Network<Image<3, 8, 8>, Case> {};
static_assert(plan<Net>.size() > 1);
