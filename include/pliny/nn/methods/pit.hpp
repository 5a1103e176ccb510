// SPDX-License-Identifier: Apache-2.0
#pragma once

// Runs Model<Pit<...>>.

#include <pliny/methods/pit.hpp>
#include <pliny/nn/methods/search.hpp>
