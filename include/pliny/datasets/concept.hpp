// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include <pliny/datasets/examples.hpp>

namespace pliny {

/// A data set that an experiment can name: a struct with its `name`, as `--dataset` takes it, and static
/// functions `train(folder)` and `test(folder)` that return `Examples` or `Images` or throw `DatasetError`.
///
/// It may have `classes`, the number of classes, where that is known before reading (0, or without it: as the
/// examples say), and `default_folder`, which is read where no --data is given.
///
///     struct Gestures {
///         static constexpr std::string_view name = "gestures";
///         static Examples train(const std::filesystem::path& folder) { return read(folder / "train.npz"); }
///         static Examples test(const std::filesystem::path& folder) { return read(folder / "test.npz"); }
///     };
template <class Data>
concept Dataset = requires(const std::filesystem::path& folder) {
    { Data::name } -> std::convertible_to<std::string_view>;
    { Data::train(folder) } -> std::convertible_to<Examples>;
    { Data::test(folder) } -> std::convertible_to<Examples>;
};

/// The number of classes of a data set; 0 where only its examples say.
template <Dataset Data>
constexpr std::int64_t classes_of() {
    if constexpr (requires {
                      { Data::classes } -> std::convertible_to<std::int64_t>;
                  })
        return Data::classes;
    else
        return 0;
}

/// The folder that a data set reads where none is given; nothing where it has none.
template <Dataset Data>
constexpr std::string_view default_folder_of() {
    if constexpr (requires {
                      { Data::default_folder } -> std::convertible_to<std::string_view>;
                  })
        return Data::default_folder;
    else
        return {};
}

} // namespace pliny
