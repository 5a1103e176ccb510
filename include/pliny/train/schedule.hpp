// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <numbers>

namespace pliny {

/// How the learning rate changes within a phase.
struct Schedule {
    enum class Kind { Constant, Cosine, Step };
    Kind kind = Kind::Constant;
    int step_epochs = 1; // Step: epochs between two changes
    double gamma = 0.1;  // Step: the factor of each

    /// What the learning rate is multiplied by at `epoch` (from 0; fractions allowed) of `epochs`. Cosine
    /// falls from 1 to 0, batch by batch (Loshchilov and Hutter, SGDR, 2017, without restarts); Step is
    /// gamma^floor(epoch / step_epochs), as torch.optim.lr_scheduler.StepLR.
    double factor(double epoch, double epochs) const {
        switch (kind) {
        case Kind::Cosine:
            return 0.5 * (1 + std::cos(std::numbers::pi * std::fmin(epoch / epochs, 1)));
        case Kind::Step:
            return std::pow(gamma, std::floor(epoch / step_epochs));
        default:
            return 1;
        }
    }
};

} // namespace pliny
