// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <pliny/datasets/examples.hpp>
#include <pliny/datasets/shuffle.hpp>
#include <pliny/datasets/standardisation.hpp>
#include <pliny/meta/compiled.hpp>

namespace pliny {

/// Examples to train with and others to test with.
struct Split {
    Examples train, test;
};

/// Shuffles examples and keeps `test_share` of them, rounded, for testing. The same seed gives the same parts
/// on every machine. Throws `DatasetError` unless both get at least one.
PLINY_INLINE Split split(const Examples& all, double test_share, std::uint64_t seed = 0);

/// Both parts with the statistics of the training part (see `Standardisation`).
PLINY_INLINE Split standardised(const Split& parts);

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/datasets/definitions/split.hpp>
#endif
