// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <pliny/core.hpp>

static_assert(pliny::cost_of<pliny::Cnn, pliny::Params> == 421'642);

int main() { std::printf("%lld\n", static_cast<long long>(pliny::cost_of<pliny::Cnn, pliny::Params>)); }
