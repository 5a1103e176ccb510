// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/concept.hpp>
#include <pliny/datasets/examples.hpp>

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace pliny::detail {

/// A data set as a choice on the command line.
struct DatasetEntry {
    std::string_view name;
    std::string_view default_folder;
    std::int64_t classes; // 0: as its examples say
    Examples (*train)(const std::filesystem::path& folder);
    Examples (*test)(const std::filesystem::path& folder);
    bool needs_folder = true;

    template <class Data>
    static DatasetEntry of() {
        static_assert(Dataset<Data>,
                      "[experiment.1] a data set is a struct with name and the static functions "
                      "train(folder) and test(folder), which return Examples or Images");
        return {Data::name, default_folder_of<Data>(), classes_of<Data>(),
                [](const std::filesystem::path& folder) -> Examples { return Data::train(folder); },
                [](const std::filesystem::path& folder) -> Examples { return Data::test(folder); }};
    }
};

} // namespace pliny::detail
