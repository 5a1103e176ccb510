// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/small_file.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace pliny::detail {

PLINY_INLINE std::string read_small_file(const std::filesystem::path& path, std::size_t limit,
                                         std::vector<std::uint8_t>& bytes) {
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (error)
        return error.message();
    if (!std::filesystem::is_regular_file(status))
        return "something not a regular file";
    const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
    if (!file)
        return std::generic_category().message(errno);
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    if (error)
        return error.message();
    if (size > limit)
        return "a file of " + std::to_string(size) + " bytes";
    bytes.resize(static_cast<std::size_t>(size));
    bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file.get()));
    if (std::ferror(file.get()))
        return "a read error (" + std::generic_category().message(errno) + ")";
    return {};
}

} // namespace pliny::detail
