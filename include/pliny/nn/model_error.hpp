// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>

namespace pliny {

/// What a model is fed with, or loaded from, does not fit it.
struct ModelError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

} // namespace pliny
