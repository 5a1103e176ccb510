// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/images.hpp>

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace pliny::detail {

/// A data set as a choice on the command line.
struct DatasetEntry {
    std::string_view name;
    std::string_view default_folder;
    std::int64_t classes;
    Images (*train)(const std::filesystem::path& folder);
    Images (*test)(const std::filesystem::path& folder);

    template <class Data>
    static DatasetEntry of() {
        std::string_view folder;
        if constexpr (requires { Data::default_folder; })
            folder = Data::default_folder;
        return {Data::name, folder, Data::classes, &Data::train, &Data::test};
    }
};

} // namespace pliny::detail
