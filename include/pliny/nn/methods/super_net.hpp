// SPDX-License-Identifier: Apache-2.0
#pragma once

// Runs Model<SuperNet<...>>.

#include <pliny/methods/super_net.hpp>
#include <pliny/nn/methods/search.hpp>
