// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <pliny/datasets/dataset_error.hpp>
#include <pliny/datasets/small_file.hpp>
#include <pliny/meta/compiled.hpp>

namespace pliny::detail {

/// Whether a name is one that systems leave behind in folders: hidden, as .DS_Store, or the folder in which
/// archives of macOS keep their companions.
PLINY_INLINE bool is_left_behind(std::string_view name);

/// The names of a folder's entries for which `wanted(entry, name)` holds and that no system has left behind,
/// sorted by their bytes; none where there is no such folder. Throws `DatasetError` where it cannot be
/// listed.
template <class Wanted>
std::vector<std::string> names_in(const std::filesystem::path& folder, Wanted wanted) {
    std::vector<std::string> names;
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error))
        return names;
    std::filesystem::directory_iterator entry(folder, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        std::string name = entry->path().filename().string();
        if (!is_left_behind(name) && wanted(*entry, name))
            names.push_back(std::move(name));
    }
    if (error)
        dataset_error(folder, error.message(), "a readable folder");
    std::sort(names.begin(), names.end());
    return names;
}

/// Whether a name ends in `ending`, which is in small letters, capitals or not.
PLINY_INLINE bool ends_in(std::string_view name, std::string_view ending);

/// The names of the files, not folders, of a folder that end in `ending`.
PLINY_INLINE std::vector<std::string> image_names(const std::filesystem::path& folder,
                                                  std::string_view ending = ".png");

/// What files of images may be: at most so many bytes, and what an error says of those that are broken.
struct ImageLimits {
    std::size_t largest_file;
    std::string_view expected;
};

/// Reads files until `wanted` of the `count` there are have been decoded; returns how many were broken and
/// left out. `path_of(i)` is a file's path; `decode(i, bytes)` returns what is wrong with it, or nothing.
///
/// Throws `DatasetError` where more than one in a hundred of those tried is broken; it names the first and
/// their number.
template <class PathOf, class Decode>
std::int64_t read_image_files(std::size_t count, std::size_t wanted, const ImageLimits& limits,
                              PathOf path_of, Decode decode) {
    std::vector<std::uint8_t> bytes;
    std::string first_problem;
    std::size_t first_broken = 0, decoded = 0, tried = 0;
    std::int64_t broken = 0;
    for (; tried < count && decoded < wanted; ++tried) {
        std::string problem = read_small_file(path_of(tried), limits.largest_file, bytes);
        if (problem.empty())
            problem = decode(tried, std::span<const std::uint8_t>(bytes));
        if (problem.empty()) {
            ++decoded;
        } else if (++broken == 1) {
            first_broken = tried;
            first_problem = std::move(problem);
        }
    }
    if (broken * 100 > static_cast<std::int64_t>(tried)) {
        dataset_error(path_of(first_broken),
                      first_problem + ", the first of " + std::to_string(broken) + " broken files among " +
                          std::to_string(tried),
                      limits.expected);
    }
    return broken;
}

} // namespace pliny::detail

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/datasets/definitions/image_files.hpp>
#endif
