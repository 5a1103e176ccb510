// SPDX-License-Identifier: Apache-2.0
#include <pliny/core.hpp>

long long params_seen_by_a();

int main() { return params_seen_by_a() == pliny::cost_of<pliny::Cnn, pliny::Params> ? 0 : 1; }
