// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <pliny/datasets/dataset_error.hpp>
#include <pliny/datasets/small_file.hpp>
#include <pliny/meta/compiled.hpp>

namespace pliny {

/// What the images in `folder` really are: `name`, or, where the folder has a file stand-in.txt, for images
/// that only take the place of that data set, "<name> stand-in: <first line of the file>".
///
/// At most 200 characters of the line count; control characters are removed, others outside ASCII become '?'.
/// Throws `DatasetError` where the file cannot be read, is larger than 64 KiB, or says nothing.
PLINY_INLINE std::string stand_in_name(std::string_view name, const std::filesystem::path& folder);

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/datasets/definitions/stand_in.hpp>
#endif
