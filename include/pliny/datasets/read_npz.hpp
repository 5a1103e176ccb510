// SPDX-License-Identifier: Apache-2.0
#pragma once

// Needs libzip (Debian: libzip-dev; link with zip). Nothing else includes this file.

#include <filesystem>
#include <string>

#include <ATen/core/Tensor.h>

#include <pliny/datasets/npz.hpp>
#include <pliny/datasets/read_npy.hpp>

namespace pliny {

/// An array of a .npz file, by its name, as a tensor of its type. Throws `DatasetError` (see `NpzFile`).
inline at::Tensor read_npz(const std::filesystem::path& path, const std::string& name) {
    return detail::tensor_of(NpzFile(path).read(name), path / (name + ".npy"));
}

} // namespace pliny
