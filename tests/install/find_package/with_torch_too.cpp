// SPDX-License-Identifier: Apache-2.0
#include <pliny/pliny.hpp>

long long params_seen_by_the_other_file() { return pliny::cost_of<pliny::Cnn, pliny::Params>; }
