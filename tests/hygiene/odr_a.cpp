// SPDX-License-Identifier: Apache-2.0
#include <pliny/core.hpp>

long long params_seen_by_a() { return pliny::cost_of<pliny::Cnn, pliny::Params>; }
