// SPDX-License-Identifier: Apache-2.0
#include <pliny/core.hpp>

static_assert(pliny::cost_of<pliny::Cnn, pliny::Params> > 0);
static_assert(pliny::cost_of<pliny::Cnn, pliny::Ops> > 0);
