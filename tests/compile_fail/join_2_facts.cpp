// error: \[join\.2\] the facts of a join have
// SPDX-License-Identifier: Apache-2.0
#include <pliny/graph/joined_by.hpp>
#include <pliny/graph/plan.hpp>
#include <pliny/layers/identity.hpp>

using namespace pliny;

struct Gate {
    static constexpr Facts facts(std::span<const Shape> inputs) {
#ifdef PLINY_POSITIVE
        return {.out = inputs[0], .channels = Channels::Join};
#else
        return {.out = inputs[0]};
#endif
    }
    static std::string spelled() { return "Gate"; }
};
struct Net : Network<Image<3, 8, 8>, JoinedBy<Gate, Identity, Identity>> {};
static_assert(plan<Net>.size() > 1);
