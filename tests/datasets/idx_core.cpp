// SPDX-License-Identifier: Apache-2.0
#include <pliny/datasets/idx.hpp>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "datasets/idx_files.hpp"
#include "support/temporary_folder.hpp"

using namespace pliny;
using namespace pliny::testing;
using Sizes = std::vector<std::int64_t>;
using Bytes = std::vector<std::uint8_t>;

namespace {

std::string idx_error(const std::filesystem::path& path, int dims) {
    try {
        read_idx(path, dims);
    } catch (const DatasetError& error) {
        return error.what();
    }
    return "no error";
}

std::string hex(const char* format, unsigned long long value) {
    char text[17];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

std::string crc32_of(std::span<const std::uint8_t> bytes) {
    return hex("%08llx", crc32(0, bytes.data(), static_cast<uInt>(bytes.size())));
}

std::string adler32_of(std::span<const std::uint8_t> bytes) {
    return hex("%08llx", adler32(1, bytes.data(), static_cast<uInt>(bytes.size())));
}

std::string fnv1a64_of(std::span<const std::uint8_t> bytes) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const auto byte : bytes)
        hash = (hash ^ byte) * 0x100000001b3;
    return hex("%016llx", hash);
}

} // namespace

TEST_CASE("idx: plain, gzip and several gzip members read the same") {
    const TemporaryFolder folder;
    const std::string data("\x00\x01\x1f\x8b\xfe\xff", 6);
    const std::string content = idx_header({3, 2}) + data;
    for (const auto& bytes :
         {content, gzipped(content), gzipped(content.substr(0, 9)) + gzipped(content.substr(9))}) {
        const auto idx = read_idx(write_file(folder / "file", bytes), 2);
        CHECK(idx.shape == Sizes{3, 2});
        CHECK(idx.bytes == Bytes(data.begin(), data.end()));
    }
}

TEST_CASE("idx: content longer than every buffer survives") {
    const TemporaryFolder folder;
    std::string data;
    std::uint32_t state = 1;
    while (data.size() < 3'000'001)
        data += static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
    const std::string content = idx_header({3'000'001}) + data;
    for (const auto& bytes : {content, gzipped(content)}) {
        const auto idx = read_idx(write_file(folder / "file", bytes), 1);
        CHECK(idx.bytes == Bytes(data.begin(), data.end()));
    }
}

TEST_CASE("idx: each broken file has its own message, which names the file") {
    const TemporaryFolder folder;
    const std::string good = idx_header({2, 2}) + "abcd";
    struct Case {
        std::string bytes;
        std::string message;
    };
    const std::vector<Case> cases{
        {"", ": found 0 bytes; expected an IDX header of 12"},
        {"\x1f", ": found 1 bytes; expected an IDX header of 12"},
        {good.substr(0, 3), ": found 3 bytes; expected an IDX header of 12"},
        {good.substr(0, 11),
         ": found a header cut off after 11 bytes; expected the counts of 2 dimension(s)"},
        {"PK\x03\x04....", ": found first bytes 80 75; expected an IDX file, which starts with 0 0"},
        {idx_header({2, 2}, 0x0d) + "abcd",
         ": found element type 13 (float); expected type 8 (unsigned byte)"},
        {idx_header({2, 2}, 0x07) + "abcd",
         ": found element type 7 (unknown); expected type 8 (unsigned byte)"},
        {idx_header({4}) + "abcd", ": found 1 dimension(s); expected 2 dimension(s)"},
        {idx_header({2, 0}), ": found a count of 0 in dimension 1; expected at least 1"},
        {idx_header({0xffffffff, 0xffffffff}) + "abcd",
         ": found counts whose product overflows; expected a shape that fits in memory"},
        {idx_header({0x7fffffff, 0x7fffffff}) + "abcd",
         ": found 4 bytes of data (truncated); expected 4611686014132420609, as its header promises"},
        {good.substr(0, 15), ": found 3 bytes of data (truncated); expected 4, as its header promises"},
        {good + "e",
         ": found trailing bytes after the data; expected 4 bytes of data, as its header promises"},
    };
    for (const auto& [bytes, message] : cases) {
        const auto plain = write_file(folder / "plain", bytes);
        CHECK(idx_error(plain, 2) == plain.string() + message);
        const auto packed = write_file(folder / "packed", gzipped(bytes));
        CHECK(idx_error(packed, 2) == packed.string() + message);
    }
}

TEST_CASE("idx: damage inside gzip is told apart") {
    const TemporaryFolder folder;
    const std::string packed = gzipped(idx_header({64}) + std::string(64, 'x'));
    for (std::size_t size = 2; size < packed.size(); ++size) {
        const auto path = write_file(folder / "cut", packed.substr(0, size));
        CHECK(idx_error(path, 1) == path.string() + ": found a gzip stream cut off after " +
                                        std::to_string(size) + " bytes; expected a complete gzip file");
    }
    const auto trailing = write_file(folder / "trailing", packed + "x");
    CHECK(idx_error(trailing, 1) ==
          trailing.string() + ": found trailing bytes after the gzip stream; expected the end of the file");

    std::string wrong_sum = packed;
    wrong_sum[packed.size() - 8] ^= 1;
    const auto damaged = write_file(folder / "damaged", wrong_sum);
    CHECK(idx_error(damaged, 1) ==
          damaged.string() +
              ": found a damaged gzip stream (incorrect data check); expected a valid gzip file");
}

TEST_CASE("idx: no flipped bit and no cut of a small file does worse than throw") {
    const TemporaryFolder folder;
    const std::string plain = idx_header({2, 3}) + "abcdef";
    for (const auto& original : {plain, gzipped(plain)}) {
        for (std::size_t i = 0; i < original.size() * 8; ++i) {
            std::string bytes = original;
            bytes[i / 8] = static_cast<char>(bytes[i / 8] ^ 1 << i % 8);
            const auto path = write_file(folder / "file", bytes);
            try {
                const auto idx = read_idx(path, 2);
                CHECK(idx.bytes.size() == static_cast<std::size_t>(idx.shape[0] * idx.shape[1]));
            } catch (const DatasetError& error) {
                CHECK(std::string(error.what()).starts_with(path.string() + ": found "));
            }
        }
    }
}

TEST_CASE("idx: what is not a readable regular file") {
    const TemporaryFolder folder;
    const std::string expected = "; expected a readable IDX file, plain or gzip";
    const auto missing = folder / "missing";
    CHECK(idx_error(missing, 1) == missing.string() + ": found no such file" + expected);
    CHECK(idx_error(folder.path(), 1) ==
          folder.path().string() + ": found something not a regular file" + expected);
    const auto pipe = folder / "pipe";
    REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
    CHECK(idx_error(pipe, 1) == pipe.string() + ": found something not a regular file" + expected);
    if (geteuid() != 0) {
        const auto locked = write_file(folder / "locked", idx_header({1}) + "a");
        std::filesystem::permissions(locked, std::filesystem::perms::none);
        CHECK(idx_error(locked, 1) == locked.string() + ": found Permission denied" + expected);
    }
    CHECK(idx_error(missing, 0) == "read_idx: found 0 dimensions asked for; expected 1 to 255");
}

TEST_CASE("idx: Fashion-MNIST is, byte for byte, what was published") {
    const std::filesystem::path folder = "/usr/share/datasets/fashion-mnist";
    if (!std::filesystem::exists(folder)) {
        MESSAGE("skipped: the Debian package dataset-fashion-mnist is not installed");
        return;
    }
    std::ifstream reference(std::filesystem::path(PLINY_TEST_DATA) / "fmnist_reference.json");
    REQUIRE(reference);
    const auto cases = nlohmann::json::parse(reference).at("cases");
    for (const auto& expected : cases) {
        CAPTURE(expected.at("name"));
        const auto images = read_idx(folder / expected.at("files").at(0).get<std::string>(), 3);
        const auto labels = read_idx(folder / expected.at("files").at(1).get<std::string>(), 1);
        CHECK(images.shape == expected.at("shape").get<Sizes>());
        CHECK(labels.shape == Sizes{expected.at("labels").get<std::int64_t>()});
        CHECK(crc32_of(images.bytes) == expected.at("pixels_crc32").get<std::string>());
        CHECK(crc32_of(labels.bytes) == expected.at("labels_crc32").get<std::string>());

        for (const auto& one : expected.at("images")) {
            const auto index = one.at("index").get<std::size_t>();
            const auto image = std::span(images.bytes).subspan(index * 784, 784);
            const auto row = image.subspan(14 * 28, 28);
            int sum = 0, nonzero = 0;
            for (const auto pixel : image) {
                sum += pixel;
                nonzero += pixel != 0;
            }
            CHECK(labels.bytes[index] == one.at("label").get<int>());
            CHECK(sum == one.at("pixel_sum").get<int>());
            CHECK(nonzero == one.at("nonzero").get<int>());
            CHECK(crc32_of(image) == one.at("crc32").get<std::string>());
            CHECK(adler32_of(image) == one.at("adler32").get<std::string>());
            CHECK(fnv1a64_of(image) == one.at("fnv1a64").get<std::string>());
            CHECK(Bytes(row.begin(), row.end()) == one.at("row_14").get<Bytes>());
        }

        std::vector<int> histogram(10);
        for (const auto label : labels.bytes)
            ++histogram.at(label);
        CHECK(histogram == expected.at("label_histogram").get<std::vector<int>>());
        CHECK(Bytes(labels.bytes.begin(), labels.bytes.begin() + 10) ==
              expected.at("first_10_labels").get<Bytes>());

        std::uint64_t sum = 0, square_sum = 0;
        for (const std::uint64_t pixel : images.bytes) {
            sum += pixel;
            square_sum += pixel * pixel;
        }
        CHECK(sum == expected.at("pixel_sum").get<std::uint64_t>());
        CHECK(square_sum == expected.at("pixel_square_sum").get<std::uint64_t>());
        const double count = static_cast<double>(images.bytes.size());
        const double mean = static_cast<double>(sum) / count;
        const double deviation = std::sqrt(static_cast<double>(square_sum) / count - mean * mean);
        const auto near = [](double value) { return doctest::Approx(value).epsilon(1e-12); };
        CHECK(mean == near(expected.at("mean_0_255").get<double>()));
        CHECK(deviation == near(expected.at("std_0_255").get<double>()));
        CHECK(mean / 255 == near(expected.at("mean_0_1").get<double>()));
        CHECK(deviation / 255 == near(expected.at("std_0_1").get<double>()));
    }
}
