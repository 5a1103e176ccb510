// SPDX-License-Identifier: Apache-2.0
#include <pliny/deploy/safetensors.hpp>

#include <array>
#include <bit>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "support/error_of.hpp"
#include "support/temporary_folder.hpp"

using namespace pliny;
using namespace pliny::testing;
namespace fs = std::filesystem;

namespace {

std::string lying_container(const std::string& header, const std::string& data = "") {
    const auto length = std::bit_cast<std::array<char, 8>>(static_cast<std::uint64_t>(header.size()));
    return std::string(length.data(), length.size()) + header + data;
}

/// The message of a refused file, less the leading "<path>: ".
std::string lie_refusal(const fs::path& path) {
    return error_of<FileError>([&] { read_safetensors(path); }, path.string() + ": ");
}

} // namespace

TEST_CASE("safetensors: every lie of a file has its own message") {
    const TemporaryFolder folder;
    const auto path = folder / "lie.safetensors";
    const auto entry = [](const std::string& name, const std::string& dtype, const std::string& shape,
                          const std::string& offsets) {
        return "\"" + name + R"(":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" +
               offsets + "}";
    };
    const auto with = [&](const std::string& dtype, const std::string& shape, const std::string& offsets) {
        return "{" + entry("x", dtype, shape, offsets) + "}";
    };
    const std::string f32 = "\"F32\"", u8 = "\"U8\"";
    const std::string dims = "; expected one array of at most 64 whole numbers from 0";
    const std::string pair = "; expected one array of 2 whole numbers from 0";
    std::string many = "[1";
    for (int i = 0; i < 64; ++i)
        many += ",1";
    many += "]";
    struct Case {
        std::string bytes;
        std::string message;
    };
    const std::vector<Case> cases{
        {lying_container(R"({"x":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}})", "ab"),
         "tensor 'x': found 12 bits of F4; expected whole bytes"},
        {"", "found 0 bytes; expected at least 8"},
        {"1234567", "found 7 bytes; expected at least 8"},
        {lying_container("{}").substr(0, 9), "found a header length of 2 bytes; expected at most 1"},
        {std::string(8, '\xff'), "found a header length of 18446744073709551615 bytes; expected at most 0"},
        {lying_container(""), "found no JSON object; expected a safetensors header"},
        {lying_container("[]"), "found no JSON object; expected a safetensors header"},
        {lying_container(" {}"), "found no JSON object; expected a safetensors header"},
        {lying_container(std::string("{}\0junk", 7)), "found no JSON object; expected a safetensors header"},
        {lying_container("{"), "found no valid JSON at byte 2 of the header; expected a safetensors header"},
        {lying_container("{} x"),
         "found no valid JSON at byte 4 of the header; expected a safetensors header"},
        {lying_container("{\"\xff\":1}"),
         "found no valid JSON at byte 3 of the header; expected a safetensors header"},
        {lying_container(R"({"x":)" + std::string(100'000, '[')),
         "entry 'x': found an array; expected one object"},
        {lying_container(R"({"x":3})"), "entry 'x': found a number; expected one object"},
        {lying_container(R"({"x":null})"), "entry 'x': found null; expected one object"},
        {lying_container(R"({"x":{}})"),
         "tensor 'x': found a field missing; expected dtype, shape and data_offsets"},
        {lying_container(R"({"x":{"size":1}})"),
         "tensor 'x': found an unknown field in field 'size'; expected dtype, shape and data_offsets only"},
        {lying_container(R"({"x":{"dtype":"U8","dtype":"U8"}})"),
         "tensor 'x': found a second one in field 'dtype'; expected one string"},
        {lying_container(R"({"__metadata__":{"k":1}})"), "metadata 'k': found a number; expected one string"},
        {lying_container(R"({"__metadata__":{"k":{}}})"),
         "metadata 'k': found an object; expected one string"},
        {lying_container(R"({"__metadata__":{"k":"a","k":"b"}})"),
         "metadata 'k': found a second one; expected one string"},
        {lying_container(R"({"__metadata__":[]})"),
         "entry '__metadata__': found an array; expected one object"},
        {lying_container(R"({"__metadata__":{},"__metadata__":{}})"),
         "entry '__metadata__': found a second one; expected one object"},
        {lying_container("{" + entry("x", u8, "[1]", "[0,1]") + "," + entry("x", u8, "[1]", "[1,2]") + "}",
                         "ab"),
         "tensor 'x': found the name twice; expected unique names"},
        {lying_container(
             "{" + entry("x", u8, "[1]", "[0,1]") + "," + entry("\\u0078", u8, "[1]", "[1,2]") + "}", "ab"),
         "tensor 'x': found the name twice; expected unique names"},
        {lying_container(with("\"F31\"", "[1]", "[0,4]"), "abcd"),
         "tensor 'x': found dtype 'F31'; expected one the format knows, such as 'F32'"},
        {lying_container(with("1", "[1]", "[0,4]"), "abcd"),
         "tensor 'x': found a number in field 'dtype'; expected one string"},
        {lying_container(with(f32, "1", "[0,4]"), "abcd"),
         "tensor 'x': found a number in field 'shape'" + dims},
        {lying_container(with(f32, "[-1]", "[0,4]"), "abcd"),
         "tensor 'x': found a negative number in field 'shape'" + dims},
        {lying_container(with(f32, "[1.0]", "[0,4]"), "abcd"),
         "tensor 'x': found a fraction or a huge number in field 'shape'" + dims},
        {lying_container(with(f32, "[\"1\"]", "[0,4]"), "abcd"),
         "tensor 'x': found a string in field 'shape'" + dims},
        {lying_container(with(f32, "[[1]]", "[0,4]"), "abcd"),
         "tensor 'x': found an array in field 'shape'" + dims},
        {lying_container(with(f32, "[true]", "[0,4]"), "abcd"),
         "tensor 'x': found a truth value in field 'shape'" + dims},
        {lying_container(with(f32, "[9223372036854775808]", "[0,4]"), "abcd"),
         "tensor 'x': found a huge number in field 'shape'" + dims},
        {lying_container(with(f32, "[99999999999999999999]", "[0,4]"), "abcd"),
         "tensor 'x': found a fraction or a huge number in field 'shape'" + dims},
        {lying_container(with(f32, many, "[0,4]"), "abcd"),
         "tensor 'x': found more than 64 dimensions in field 'shape'" + dims},
        {lying_container(with(f32, "[4294967296,4294967296]", "[0,4]"), "abcd"),
         "tensor 'x': found a shape that overflows; expected one that fits in memory"},
        {lying_container(with(f32, "[4294967296,4294967296,0]", "[0,0]")),
         "tensor 'x': found a shape that overflows; expected one that fits in memory"},
        {lying_container(with(f32, "[1]", "[0]"), "abcd"),
         "tensor 'x': found fewer than 2 numbers in field 'data_offsets'" + pair},
        {lying_container(with(f32, "[1]", "[0,4,8]"), "abcd"),
         "tensor 'x': found more than 2 numbers in field 'data_offsets'" + pair},
        {lying_container(with(f32, "[1]", "[0,-4]"), "abcd"),
         "tensor 'x': found a negative number in field 'data_offsets'" + pair},
        {lying_container(with(f32, "[1]", "[0,3]"), "abcd"),
         "tensor 'x': found data_offsets 0 to 3; expected 4 bytes, as dtype and shape ask for"},
        {lying_container(with(f32, "[1]", "[0,4]"), "abc"),
         "tensor 'x': found data_offsets 0 to 4; expected a range inside the 3 bytes of data"},
        {lying_container(with(f32, "[1]", "[4,0]"), "abcd"),
         "tensor 'x': found data_offsets 4 to 0; expected a range inside the 4 bytes of data"},
        {lying_container(with(f32, "[1]", "[18446744073709551612,0]"), "abcd"),
         "tensor 'x': found data_offsets 18446744073709551612 to 0; expected a range inside the 4 bytes of "
         "data"},
        {lying_container(with(f32, "[1]", "[0,4]"), "abcde"),
         "found 5 bytes of data; expected the 4 that its tensors cover"},
        {lying_container("{}", "a"), "found 1 bytes of data; expected the 0 that its tensors cover"},
        {lying_container(with(u8, "[1]", "[1,2]"), "ab"),
         "tensor 'x': found a hole before byte 1 of the data; expected tensors that follow one another"},
        {lying_container("{" + entry("x", u8, "[2]", "[0,2]") + "," + entry("y", u8, "[2]", "[1,3]") + "}",
                         "abc"),
         "tensor 'y': found an overlap before byte 2 of the data; expected tensors that follow one another"},
        {lying_container(
             "{" + entry(std::string(70, 'n') + "\\u001b" + std::string(70, 'n'), "\"F31\"", "[]", "[0,0]") +
             "}"),
         "tensor '" + std::string(70, 'n') +
             "?nnnnnnnnn...': found dtype 'F31'; expected one the format knows, such "
             "as 'F32'"},
    };
    for (const auto& [bytes, message] : cases) {
        write_file(path, bytes);
        CHECK(lie_refusal(path) == message);
    }
    write_file(path, std::string("\x01\xe1\xf5\x05\0\0\0\0", 8));
    fs::resize_file(path, 200'000'000);
    CHECK(lie_refusal(path) == "found a header length of 100000001 bytes; expected at most 100000000");
    fs::remove(path);
    CHECK(lie_refusal(path) == "cannot be read: No such file or directory");
    fs::create_directory(path);
    CHECK(lie_refusal(path) == "found something not a regular file; expected a file");
}
