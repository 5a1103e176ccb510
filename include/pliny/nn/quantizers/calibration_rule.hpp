// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace pliny {

/// How the clips of activations are set from data.
struct Calibration {
    enum Rule {
        SquaredError, // for each number of bits, the clip with the smallest squared error of quantization
        Maximum,      // the largest |value|
        Percentile    // of all |values|
    } rule = SquaredError;
    double percentile = 99.9;
};

} // namespace pliny
