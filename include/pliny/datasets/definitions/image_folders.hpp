// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/dataset_error.hpp>
#include <pliny/datasets/image_files.hpp>
#include <pliny/datasets/image_folders.hpp>
#include <pliny/datasets/png.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace pliny {

PLINY_INLINE ImageDecoder png_decoder() { return {{".png"}, &decode_png}; }

} // namespace pliny

namespace pliny::detail {

inline std::vector<std::string> folder_names(const std::filesystem::path& folder) {
    return names_in(folder, [](const std::filesystem::directory_entry& entry, const std::string&) {
        std::error_code ignored;
        return entry.is_directory(ignored);
    });
}

/// Adds the images in the folder of a class; throws where there are none, or images that no decoder takes.
inline void list_class(const std::filesystem::path& folder, std::int64_t label,
                       const std::vector<ImageDecoder>& decoders, std::vector<ImageFile>& files) {
    constexpr std::array<std::string_view, 10> formats{".png", ".jpg",  ".jpeg", ".bmp", ".gif",
                                                       ".tif", ".tiff", ".webp", ".ppm", ".pgm"};
    std::size_t known = 0, foreign = 0;
    std::string first_foreign, endings;
    for (const ImageDecoder& decoder : decoders)
        for (const std::string& ending : decoder.endings)
            endings += (endings.empty() ? "" : ", ") + ending;
    for (const std::string& name : image_names(folder, "")) {
        const auto taker = std::ranges::find_if(decoders, [&](const ImageDecoder& decoder) {
            return std::ranges::any_of(decoder.endings,
                                       [&](const std::string& ending) { return ends_in(name, ending); });
        });
        if (taker != decoders.end()) {
            files.push_back({folder / name, label, static_cast<std::size_t>(taker - decoders.begin())});
            ++known;
        } else if (std::ranges::any_of(formats, [&](auto ending) { return ends_in(name, ending); }) &&
                   ++foreign == 1) {
            first_foreign = name;
        }
    }
    if (foreign > 0)
        dataset_error(folder / first_foreign,
                      "an image of another format, the first of " + std::to_string(foreign),
                      "images that end in " + endings + ", or another decoder");
    if (known == 0)
        dataset_error(folder, "no images that end in " + endings, class_folders);
}

} // namespace pliny::detail

namespace pliny {

PLINY_INLINE ImageFolders list_image_folders(const std::filesystem::path& folder,
                                             const std::vector<ImageDecoder>& decoders,
                                             const std::vector<std::string>& class_names) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored))
        detail::dataset_error(folder, "no such folder", detail::class_folders);
    ImageFolders result{detail::folder_names(folder), {}};
    if (result.class_names.empty())
        detail::dataset_error(folder, "no folders in it", detail::class_folders);
    if (!class_names.empty()) {
        for (const std::string& name : result.class_names)
            if (std::ranges::find(class_names, name) == class_names.end())
                detail::dataset_error(folder / name,
                                      "a folder that is none of the " + std::to_string(class_names.size()) +
                                          " classes asked for",
                                      "folders of those alone");
        result.class_names = class_names;
    }
    for (std::size_t label = 0; label < result.class_names.size(); ++label)
        detail::list_class(folder / result.class_names[label], static_cast<std::int64_t>(label), decoders,
                           result.files);
    return result;
}

} // namespace pliny
