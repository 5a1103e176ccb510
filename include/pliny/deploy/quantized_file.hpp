// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/model_file.hpp>
#include <pliny/nn/methods/mps.hpp>

namespace pliny {} // namespace pliny
