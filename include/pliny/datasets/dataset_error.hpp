// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include <pliny/meta/compiled.hpp>

namespace pliny {

/// A data set that cannot be used; the message names the file, what was found and what was expected.
class DatasetError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

namespace detail {

[[noreturn]] PLINY_INLINE void dataset_error(const std::filesystem::path& path, std::string_view found,
                                             std::string_view expected);

/// A number in the fewest digits that say it, whatever the locale.
PLINY_INLINE std::string number_text(double number);

} // namespace detail

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/datasets/definitions/dataset_error.hpp>
#endif
