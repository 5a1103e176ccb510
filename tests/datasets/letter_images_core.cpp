// SPDX-License-Identifier: Apache-2.0
#include <pliny/datasets/letter_images.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include <doctest/doctest.h>

#include "datasets/letter_folders.hpp"
#include "datasets/png_files.hpp"
#include "support/error_of.hpp"
#include "support/temporary_folder.hpp"

using namespace pliny;
using namespace pliny::testing;

namespace {

const std::string expected_folders = "; expected folders A to J of PNG files, as in notMNIST "
                                     "(http://yaroslavvb.blogspot.com/2011/09/notmnist-dataset.html)";

/// One text per file, as "A/0.png".
std::vector<std::string> places(const std::vector<LetterFile>& files) {
    std::vector<std::string> texts;
    for (const auto& file : files)
        texts.push_back(file.in("").string());
    return texts;
}

} // namespace

TEST_CASE("letter images: the shuffle is the same on every machine") {
    std::vector<int> values(10);
    std::iota(values.begin(), values.end(), 0);
    detail::shuffle(values, 0);
    // Of an implementation of the Mersenne Twister in Python; its 10,000th number is that of the standard.
    CHECK(values == std::vector<int>{7, 2, 0, 8, 3, 9, 6, 1, 5, 4});
    std::vector<int> one{3}, none;
    detail::shuffle(one, 0);
    detail::shuffle(none, 0);
    CHECK(one == std::vector<int>{3});
    CHECK(none.empty());
}

TEST_CASE("letter images: the split follows from the names alone, and nothing is in both parts") {
    const TemporaryFolder folder;
    write_letters(folder.path(), 7);
    write_file(folder / "A/note.txt", "not an image");
    write_file(folder / "A/png", "not an image");
    std::filesystem::rename(folder / "B/0.png", folder / "B/0.PnG");
    const auto parts = list_letter_files(folder.path());
    CHECK(parts.test.size() == 10);
    CHECK(parts.train.size() == 60);
    CHECK(places(parts.test) == std::vector<std::string>{"F/0.png", "A/6.png", "G/4.png", "H/1.png",
                                                         "C/1.png", "C/0.png", "H/4.png", "G/2.png",
                                                         "A/0.png", "H/6.png"});
    std::set<std::string> all;
    for (const auto* part : {&parts.train, &parts.test}) {
        for (const auto& place : places(*part))
            CHECK(all.insert(place).second);
    }
    CHECK(all.size() == 70);
    CHECK(all.contains("B/0.PnG"));
    write_file(folder / "C/3.png", "other content");
    const auto again = list_letter_files(folder.path());
    CHECK(again.test == parts.test);
    CHECK(again.train == parts.train);
}

TEST_CASE("letter images: what systems leave behind in folders is no image, broken or not") {
    const TemporaryFolder folder;
    write_letters(folder.path(), 7);
    const auto parts = list_letter_files(folder.path());
    for (const char* name :
         {"A/._0.png", "A/.png", "B/.DS_Store", "C/Thumbs.db", "C/desktop.ini", ".DS_Store"})
        write_file(folder / name, std::string("\0\5\x16\7", 4));
    std::filesystem::create_directories(folder / "__MACOSX/A");
    std::filesystem::create_directory(folder / "D/7.png"); // a folder
    CHECK(list_letter_files(folder.path()).train == parts.train);
    CHECK(list_letter_files(folder.path()).test == parts.test);
    CHECK(read_letter_images(folder.path(), parts.train, 1'000).skipped == 0);
    std::filesystem::remove_all(folder / "J");
    write_file(folder / "I/._0.png", "");
    std::filesystem::create_directory(folder / "J");
    write_file(folder / "J/._0.png", "");
    CHECK(error_of<DatasetError>([&] { list_letter_files(folder.path()); }) ==
          folder.path().string() + ": found no PNG files in J" + expected_folders);
}

TEST_CASE("letter images: labels and pixels are those of the files") {
    const TemporaryFolder folder;
    write_letters(folder.path(), 7);
    const auto parts = list_letter_files(folder.path());
    const auto images = read_letter_images(folder.path(), parts.train, 1'000);
    REQUIRE(images.labels.size() == 60);
    REQUIRE(images.pixels.size() == 60 * 784);
    CHECK(images.skipped == 0);
    for (std::size_t i = 0; i < 60; ++i) {
        CHECK(images.labels[i] == parts.train[i].label);
        const auto level = 20 * parts.train[i].label + (parts.train[i].name[0] - '0');
        CHECK(std::all_of(images.pixels.begin() + static_cast<std::ptrdiff_t>(i * 784),
                          images.pixels.begin() + static_cast<std::ptrdiff_t>(i * 784 + 784),
                          [&](int pixel) { return pixel == level; }));
    }
    const auto few = read_letter_images(folder.path(), parts.train, 7);
    CHECK(few.labels == std::vector<std::uint8_t>(images.labels.begin(), images.labels.begin() + 7));
}

TEST_CASE("letter images: one broken file in a hundred is skipped and counted, the next takes its place") {
    const TemporaryFolder folder;
    write_letters(folder.path(), 35); // 300 to train, 50 to test
    const auto files = list_letter_files(folder.path()).train;
    const auto all = read_letter_images(folder.path(), files, 1'000);
    write_file(files[0].in(folder.path()), "");
    const auto most = read_letter_images(folder.path(), files, 200);
    CHECK(most.skipped == 1);
    CHECK(most.labels == std::vector<std::uint8_t>(all.labels.begin() + 1, all.labels.begin() + 201));
    write_file(files[5].in(folder.path()), grey_png(1).substr(0, 60));
    write_file(files[9].in(folder.path()),
               png_file(PNG_FORMAT_GRAY, 28, 29, std::vector<std::uint8_t>(28 * 29)));
    const auto images = read_letter_images(folder.path(), files, 1'000);
    CHECK(images.skipped == 3);
    CHECK(images.labels.size() == 297);
    auto expected = all.labels;
    for (const auto broken : {9, 5, 0})
        expected.erase(expected.begin() + broken);
    CHECK(images.labels == expected);
    CHECK(images.pixels.size() == 297 * 784);

    const auto first = files[0].in(folder.path()).string();
    const std::string wanted =
        "; expected PNG images of 28 x 28 in files of at most 1 MB, and at most 1 % broken";
    CHECK(error_of<DatasetError>([&] { read_letter_images(folder.path(), files, 200); }) ==
          first + ": found an empty file, the first of 3 broken files among 203" + wanted);
    write_file(files[299].in(folder.path()), "");
    CHECK(error_of<DatasetError>([&] { read_letter_images(folder.path(), files, 1'000); }) ==
          first + ": found an empty file, the first of 4 broken files among 300" + wanted);
}

TEST_CASE("letter images: what is broken is told by its reason") {
    const TemporaryFolder folder;
    write_letters(folder.path(), 1);
    const std::vector<LetterFile> one{{0, "0.png"}};
    const auto path = folder / "A/0.png";
    const auto reason = [&] {
        const auto message = error_of<DatasetError>([&] { read_letter_images(folder.path(), one, 1); });
        const auto start = path.string() + ": found ";
        REQUIRE(message.starts_with(start));
        const auto end =
            message.find(", the first of 1 broken files among 1; expected PNG images of 28 x 28");
        REQUIRE(end != std::string::npos);
        return message.substr(start.size(), end - start.size());
    };
    write_file(path, "plain text");
    CHECK(reason() == "no PNG image (Not a PNG file)");
    write_file(path, std::string(1'000'001, '\0'));
    CHECK(reason() == "a file of 1000001 bytes");
    std::filesystem::remove(path);
    CHECK(reason() == "No such file or directory");
    std::filesystem::create_directory(path);
    CHECK(reason() == "something not a regular file");
    std::filesystem::remove(path);
    REQUIRE(mkfifo(path.c_str(), 0600) == 0);
    CHECK(reason() == "something not a regular file");
}

TEST_CASE("letter images: a folder that is not like notMNIST's is one clear error") {
    const TemporaryFolder folder;
    const auto error = [&](const std::filesystem::path& path) {
        return error_of<DatasetError>([&] { list_letter_files(path); });
    };
    const auto where = folder.path().string();
    CHECK(error(folder / "missing") == where + "/missing: found no such folder" + expected_folders);
    CHECK(error(write_file(folder / "file", "")) == where + "/file: found no such folder" + expected_folders);
    CHECK(error(folder.path()) ==
          where + ": found no PNG files in A, B, C, D, E, F, G, H, I, J" + expected_folders);
    write_letters(folder.path(), 1);
    CHECK(error(folder.path()) == "no error");
    std::filesystem::remove(folder / "C/0.png");
    std::filesystem::remove_all(folder / "J");
    write_file(folder / "C/0.jpg", "");
    CHECK(error(folder.path()) == where + ": found no PNG files in C, J" + expected_folders);
}

TEST_CASE("letter images: mean and standard deviation of pixels") {
    const std::vector<std::uint8_t> pixels{0, 255, 51, 102};
    const auto statistics = pixel_statistics(pixels);
    CHECK(statistics.mean == doctest::Approx(0.4).epsilon(1e-12));
    CHECK(statistics.std ==
          doctest::Approx(0.37416573867739417).epsilon(1e-12)); // sqrt((1 + 0.04 + 0.16) / 4 - 0.16)
    const std::vector<std::uint8_t> same(1000, 77);
    CHECK(pixel_statistics(same).mean == doctest::Approx(77.0 / 255).epsilon(1e-12));
    CHECK(pixel_statistics(same).std == doctest::Approx(0));
}

TEST_CASE("rendered glyphs: every image is a white letter on black that nearly fills it") {
    const char* folder = std::getenv("PLINY_GLYPHS"); // set by tests/datasets/glyphs.py
    if (!folder) {
        MESSAGE("skipped: PLINY_GLYPHS is not set");
        return;
    }
    const auto files = list_letter_files(folder);
    CHECK(files.train.size() == 172);
    CHECK(files.test.size() == 28);
    for (const auto* part : {&files.train, &files.test}) {
        const auto images = read_letter_images(folder, *part, 1'000);
        CHECK(images.skipped == 0);
        REQUIRE(images.labels.size() == part->size());
        for (std::size_t i = 0; i < part->size(); ++i) {
            const auto image = std::span(images.pixels).subspan(i * 784, 784);
            int left = 28, right = -1, top = 28, bottom = -1, sum = 0;
            for (int pixel = 0; pixel < 784; ++pixel) {
                const int value = image[static_cast<std::size_t>(pixel)];
                sum += value;
                if (value > 0) {
                    left = std::min(left, pixel % 28);
                    right = std::max(right, pixel % 28);
                    top = std::min(top, pixel / 28);
                    bottom = std::max(bottom, pixel / 28);
                }
            }
            CHECK(std::max(right - left, bottom - top) + 1 >= 23); // 0.85 of 28, rounded down
            CHECK(sum > 784 * 255 / 50);
            CHECK(sum < 784 * 255 * 3 / 4);
        }
    }
}
