// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>

namespace pliny {

/// Training cannot go on; the message says where it stopped and why.
struct TrainingError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

} // namespace pliny
