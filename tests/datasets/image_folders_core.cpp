// SPDX-License-Identifier: Apache-2.0
#include <pliny/datasets/image_folders.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <zlib.h>

#include <doctest/doctest.h>

#include "datasets/png_files.hpp"
#include "support/error_of.hpp"
#include "support/temporary_folder.hpp"

using namespace pliny;
using namespace pliny::testing;

namespace {

using Names = std::vector<std::string>;

void write_classes(const TemporaryFolder& folder, const Names& files) {
    for (const std::string& file : files) {
        std::filesystem::create_directories((folder / file).parent_path());
        write_file(folder / file, grey_png(7));
    }
}

/// As "0 cat/1.png".
Names listed(const TemporaryFolder& folder, const ImageFolders& found) {
    Names texts;
    for (const ImageFile& file : found.files)
        texts.push_back(std::to_string(file.label) + " " +
                        std::filesystem::relative(file.path, folder.path()).string());
    return texts;
}

std::string gif(std::span<const std::uint8_t>, DecodedImage&) { return "never called"; }

} // namespace

TEST_CASE("image folders: classes are folders, and what systems leave behind is neither class nor image") {
    const TemporaryFolder folder;
    write_classes(folder, {"dog/2.png", "dog/10.PNG", "cat/1.png", "Zebra/a.png"});
    for (const char* name :
         {"cat/._1.png", "cat/.DS_Store", "cat/Thumbs.db", "dog/list.txt", ".DS_Store", "README.md", "7.png"})
        write_file(folder / name, "no image");
    std::filesystem::create_directories(folder / "__MACOSX/cat");
    std::filesystem::create_directories(folder / ".git/objects");
    std::filesystem::create_directories(folder / "cat/more.png");
    const ImageFolders found = list_image_folders(folder.path());
    CHECK(found.class_names == Names{"Zebra", "cat", "dog"});
    CHECK(listed(folder, found) == Names{"0 Zebra/a.png", "1 cat/1.png", "2 dog/10.PNG", "2 dog/2.png"});
    const ImageFolders ordered = list_image_folders(folder.path(), {png_decoder()}, {"dog", "Zebra", "cat"});
    CHECK(listed(folder, ordered) == Names{"0 dog/10.PNG", "0 dog/2.png", "1 Zebra/a.png", "2 cat/1.png"});
    CHECK(error_of<DatasetError>([&] {
              list_image_folders(folder.path(), {png_decoder()}, {"dog", "cat"});
          }) ==
          (folder / "Zebra").string() +
              ": found a folder that is none of the 2 classes asked for; expected folders of those alone");
}

TEST_CASE("image folders: what is missing, and formats that nothing decodes") {
    const TemporaryFolder folder;
    const std::string expected = "; expected a folder for each class, with images in it";
    const auto error = [&] { return error_of<DatasetError>([&] { list_image_folders(folder.path()); }); };
    CHECK(error_of<DatasetError>([&] { list_image_folders(folder / "none"); }) ==
          (folder / "none").string() + ": found no such folder" + expected);
    write_file(folder / "1.png", grey_png(1));
    CHECK(error() == folder.path().string() + ": found no folders in it" + expected);
    std::filesystem::create_directory(folder / "cat");
    write_file(folder / "cat/._1.png", "");
    CHECK(error() == (folder / "cat").string() + ": found no images that end in .png" + expected);
    write_classes(folder, {"cat/1.png", "cat/2.GIF", "cat/3.gif"});
    CHECK(error() ==
          (folder / "cat/2.GIF").string() +
              ": found an image of another format, the first of 2; expected images that end in .png, "
              "or another decoder");
    const ImageFolders found = list_image_folders(folder.path(), {png_decoder(), {{".gif"}, &gif}});
    REQUIRE(found.files.size() == 3);
    CHECK(found.files[0].decoder == 0);
    CHECK(found.files[1].decoder == 1);
}

TEST_CASE("png: any size, grey or colours by channel") {
    const std::vector<std::uint8_t> colours{1, 2, 3, 40, 50, 60}; // two pixels side by side
    const std::string file = png_file(PNG_FORMAT_RGB, 1, 2, colours);
    DecodedImage image;
    image.channels = 3;
    CHECK(decode_png(bytes_of(file), image).empty());
    CHECK(image.height == 1);
    CHECK(image.width == 2);
    CHECK(image.pixels == std::vector<std::uint8_t>{1, 40, 2, 50, 3, 60});
    CHECK(decode_png(bytes_of(grey_png(9)), image).empty());
    CHECK(image.pixels == std::vector<std::uint8_t>(3 * 28 * 28, 9));
    image.channels = 1;
    CHECK(decode_png(bytes_of(grey_png(9)), image).empty());
    CHECK(image.pixels == std::vector<std::uint8_t>(28 * 28, 9));
    CHECK(decode_png(bytes_of("plain text"), image) == "no PNG image (Not a PNG file)");
    CHECK(decode_png({}, image) == "an empty file");
    CHECK(decode_png(bytes_of(file.substr(0, file.size() - 20)), image).starts_with("a damaged PNG image ("));
    std::string large = grey_png(9); // says 16384 x 16384
    large.replace(16, 8, std::string("\0\0\x40\0\0\0\x40\0", 8));
    const std::string head = large.substr(12, 17); // IHDR, whose checksum follows
    const auto crc = static_cast<std::uint32_t>(
        crc32(0, reinterpret_cast<const Bytef*>(head.data()), static_cast<uInt>(head.size())));
    for (std::size_t i = 0; i < 4; ++i)
        large[29 + i] = static_cast<char>(crc >> (24 - 8 * i));
    CHECK(decode_png(bytes_of(large), image) == "an image of 16384 x 16384");
    image.channels = 2;
    CHECK(error_of<DatasetError>([&] { static_cast<void>(decode_png(bytes_of(file), image)); }) ==
          "decode_png: found 2 channels asked for; expected 1 or 3");
}
