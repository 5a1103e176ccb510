// SPDX-License-Identifier: Apache-2.0
#include <pliny/deploy/safetensors.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "support/error_of.hpp"
#include "support/temporary_folder.hpp"

using namespace pliny;
using namespace pliny::testing;

namespace {

std::string container(const std::string& header, const std::string& data = "") {
    const auto length = std::bit_cast<std::array<char, 8>>(static_cast<std::uint64_t>(header.size()));
    return std::string(length.data(), length.size()) + header + data;
}

std::string text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <class T, std::size_t N>
std::span<const std::byte> raw(const std::array<T, N>& values) {
    return std::as_bytes(std::span(values));
}

constexpr std::array<float, 4> four{1, 2, 3, 4};
constexpr std::array<std::uint8_t, 3> three{7, 8, 9};
constexpr std::array<std::int64_t, 1> one{-1};

std::vector<TensorView> some_tensors() {
    return {{"b.mask", "U8", {3}, raw(three)},
            {"a.weight", "F32", {2, 2}, raw(four)},
            {"step", "I64", {}, raw(one)},
            {"none", "F32", {0, 5}, {}}};
}

const std::string known_header =
    R"({"__metadata__":{"a \"quote\"":"\u0001"},"step":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
    R"("a.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[8,24]},)"
    R"("none":{"dtype":"F32","shape":[0,5],"data_offsets":[24,24]},)"
    R"("b.mask":{"dtype":"U8","shape":[3],"data_offsets":[24,27]}})";

const SafetensorsMetadata known_metadata{{"a \"quote\"", "\1"}};

} // namespace

TEST_CASE("safetensors: the bytes of a known file, in whatever order its tensors are given") {
    const TemporaryFolder folder;
    const auto path = folder / "known.safetensors";
    auto tensors = some_tensors();
    write_safetensors(path, known_metadata, tensors);
    std::string header = known_header;
    header.append((8 - header.size() % 8) % 8, ' ');
    const std::string data = text(raw(one)) + text(raw(four)) + text(raw(three));
    CHECK(read_file(path) == container(header, data));
    std::ranges::reverse(tensors);
    write_safetensors(path, known_metadata, tensors);
    CHECK(read_file(path) == container(header, data));
    write_safetensors(path, {}, {});
    CHECK(read_file(path) == container("{}      "));
}

TEST_CASE("safetensors: what is written is read") {
    const TemporaryFolder folder;
    const auto path = folder / "file.safetensors";
    write_safetensors(path, known_metadata, some_tensors());
    auto file = read_safetensors(path);
    CHECK(file.metadata == known_metadata);
    REQUIRE(file.tensors.size() == 4);
    CHECK(file.tensors[0].name == "a.weight");
    for (const auto& expected : some_tensors()) {
        const auto* tensor = file.find(expected.name);
        REQUIRE(tensor);
        CHECK(tensor->dtype == expected.dtype);
        CHECK(tensor->shape == expected.shape);
        CHECK(text(tensor->data) == text(expected.data));
    }
    CHECK(reinterpret_cast<std::uintptr_t>(file.at("a.weight").data.data()) % alignof(float) == 0);
    CHECK(file.find("a") == nullptr);
    CHECK(error_of<FileError>([&] { file.at("zz"); }) ==
          path.string() + ": found no tensor 'zz'; expected it among the 4 of the file");
    const auto copy = file;
    file = {};
    CHECK(text(copy.at("b.mask").data) == "\7\10\11");
    write_safetensors(path, {}, {});
    CHECK(read_safetensors(path).tensors.empty());
}

TEST_CASE("safetensors: sub-byte element types count whole bytes") {
    const TemporaryFolder folder;
    const auto path = folder / "file.safetensors";
    const std::vector<TensorView> good{{"x", "F4", {2, 3}, raw(three)}, {"y", "F6_E2M3", {4}, raw(three)}};
    write_safetensors(path, {}, good);
    CHECK(read_safetensors(path).tensors.size() == 2);
}

TEST_CASE("safetensors: no changed, missing or additional byte does worse than throw") {
    const TemporaryFolder folder;
    const auto path = folder / "file.safetensors";
    write_safetensors(path, known_metadata, some_tensors());
    const std::string original = read_file(path);
    const auto check = [&](const std::string& bytes) {
        write_file(path, bytes);
        try {
            const auto file = read_safetensors(path);
            std::set<std::string> names;
            std::size_t total = 0;
            for (const auto& tensor : file.tensors) {
                names.insert(tensor.name);
                total += tensor.data.size();
                REQUIRE(file.find(tensor.name) == &tensor);
                if (!tensor.data.empty())
                    REQUIRE(tensor.data.data() >= file.bytes.get());
            }
            std::uint64_t header = 0;
            std::memcpy(&header, bytes.data(), sizeof header);
            REQUIRE(names.size() == file.tensors.size());
            REQUIRE(total + 8 + header == bytes.size());
        } catch (const FileError& error) {
            REQUIRE(std::string(error.what()).starts_with(path.string() + ": "));
        }
    };
    for (std::size_t i = 0; i < original.size(); ++i) {
        for (const char other : {'\0', '"', '{', '}', '[', ']', ',', ':', '0', '9', '-', 'e', ' ', '\xff'}) {
            std::string changed = original;
            changed[i] = other;
            check(changed);
        }
        for (int bit = 0; bit < 8; ++bit) {
            std::string changed = original;
            changed[i] = static_cast<char>(changed[i] ^ 1 << bit);
            check(changed);
        }
        check(original.substr(0, i));
        check(original.substr(0, i) + original.substr(i + 1));
        check(original.substr(0, i) + original[i] + original.substr(i));
    }
}

TEST_CASE("safetensors: a large header takes time in proportion") {
    const TemporaryFolder folder;
    const auto path = folder / "file.safetensors";
    std::vector<TensorView> tensors;
    SafetensorsMetadata metadata;
    for (int i = 0; i < 50'000; ++i) {
        tensors.push_back({"layers." + std::to_string(i), "U8", {3}, raw(three)});
        metadata.emplace(std::to_string(i), "value");
    }
    write_safetensors(path, metadata, tensors);
    const auto file = read_safetensors(path);
    CHECK(file.tensors.size() == tensors.size());
    CHECK(file.metadata == metadata);
}

TEST_CASE("safetensors: tensors that do not fit are refused before the old file is touched") {
    const TemporaryFolder folder;
    const auto path = folder / "file.safetensors";
    write_file(path, "old");
    const auto refused = [&](const SafetensorsMetadata& metadata, const std::vector<TensorView>& tensors) {
        const auto message = error_of<FileError>([&] { write_safetensors(path, metadata, tensors); });
        return message.substr(std::min(message.size(), path.string().size()));
    };
    CHECK(refused({}, {{"x", "F32", {3}, raw(four)}}) ==
          ": tensor 'x': found 16 bytes; expected 12, as dtype and shape ask for");
    CHECK(refused({}, {{"x", "float", {4}, raw(four)}}) ==
          ": tensor 'x': found dtype 'float'; expected one the format knows, such as 'F32'");
    CHECK(refused({}, {{"x", "F32", {-4}, raw(four)}}) ==
          ": tensor 'x': found a dimension of -4; expected at least 0");
    CHECK(refused({}, {{"x", "F32", {4}, raw(four)}, {"x", "U8", {3}, raw(three)}}) ==
          ": tensor 'x': found the name twice; expected unique names");
    CHECK(refused({}, {{"__metadata__", "F32", {4}, raw(four)}}) ==
          ": tensor '__metadata__': found the name reserved for metadata; expected another name");
    CHECK(refused({{"k", "\xff"}}, {}) == ": found the name or text '\xff'; expected valid UTF-8");
    CHECK(refused({}, {{"x", "U8", std::vector<std::int64_t>(65, 1), raw(three).first(1)}}) ==
          ": tensor 'x': found 65 dimensions; expected at most 64");
    CHECK(read_file(path) == "old");
    CHECK(folder.entry_count() == 1);
}
