// SPDX-License-Identifier: Apache-2.0
#include <pliny/datasets/npy.hpp>
#include <pliny/datasets/npz.hpp>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include <sys/stat.h>

#include <doctest/doctest.h>

#include "datasets/idx_files.hpp"
#include "datasets/npy_files.hpp"
#include "support/error_of.hpp"
#include "support/temporary_folder.hpp"

using namespace pliny;
using namespace pliny::testing;

namespace {

using Extents = std::vector<std::int64_t>;

const TemporaryFolder& folder() {
    static const TemporaryFolder here;
    return here;
}
std::filesystem::path file() { return folder() / "x.npy"; }

NpyArray read(const std::string& bytes) { return read_npy_array(write_file(file(), bytes)); }

template <class Value>
std::vector<Value> values(const NpyArray& array) {
    REQUIRE(array.bytes.size() % sizeof(Value) == 0);
    REQUIRE(array.size == sizeof(Value));
    std::vector<Value> result(array.bytes.size() / sizeof(Value));
    std::memcpy(result.data(), array.bytes.data(), array.bytes.size());
    return result;
}

template <class Value>
std::vector<Value> counted(int count) {
    std::vector<Value> result(static_cast<std::size_t>(count));
    std::iota(result.begin(), result.end(), Value{0});
    return result;
}

/// The message of an error after the folder's name.
std::string npy_error(const std::function<void()>& action) {
    return error_of<DatasetError>(action, folder().path().string() + "/");
}
std::string npy_error(const std::string& bytes) {
    return npy_error([&] { read(bytes); });
}
std::string header_error(const std::string& header) {
    return npy_error(npy_file(header, std::string(24, '\0')));
}

template <class Value>
void check_type(const std::string& descr, char kind) {
    CAPTURE(descr);
    const NpyArray array = read(numpy_file(descr));
    CHECK(array.kind == kind);
    CHECK(array.shape == Extents{6});
    CHECK(values<Value>(array) == counted<Value>(6));
}

} // namespace

TEST_CASE("npy: what numpy writes, of every type") {
    check_type<std::int8_t>("|i1", 'i');
    check_type<std::int16_t>("<i2", 'i');
    check_type<std::int32_t>("<i4", 'i');
    check_type<std::int64_t>("<i8", 'i');
    check_type<std::uint8_t>("|u1", 'u');
    check_type<std::uint16_t>("<u2", 'u');
    check_type<std::uint32_t>("<u4", 'u');
    check_type<std::uint64_t>("<u8", 'u');
    check_type<float>("<f4", 'f');
    check_type<double>("<f8", 'f');
    check_type<std::int32_t>(">i4", 'i');
    check_type<double>(">f8", 'f');
    CHECK(values<std::uint16_t>(read(numpy_file("<f2"))) ==
          std::vector<std::uint16_t>{0, 0x3c00, 0x4000, 0x4200, 0x4400, 0x4500});
    CHECK(values<std::uint8_t>(read(numpy_file("|b1"))) == std::vector<std::uint8_t>{0, 1, 1, 1, 1, 1});
}

TEST_CASE("npy: shapes, either order of indices, versions") {
    for (const char* name : {"2 x 3", "2 x 3 fortran"}) {
        const NpyArray array = read(numpy_file(name));
        CHECK(array.shape == Extents{2, 3});
        CHECK(values<std::int32_t>(array) == counted<std::int32_t>(6));
    }
    const NpyArray cube = read(numpy_file("2 x 3 x 4 fortran, arange(24)"));
    CHECK(cube.shape == Extents{2, 3, 4});
    CHECK(values<std::int16_t>(cube) == counted<std::int16_t>(24));
    const NpyArray scalar = read(numpy_file("scalar 5"));
    CHECK(scalar.shape.empty());
    CHECK(values<std::int32_t>(scalar) == std::vector<std::int32_t>{5});
    for (const char* name : {"version 2", "version 3"})
        CHECK(values<std::int32_t>(read(numpy_file(name))) == counted<std::int32_t>(6));
    CHECK(values<std::int32_t>(read(gzipped(numpy_file("2 x 3")))) == counted<std::int32_t>(6));
    const NpyArray other =
        read(npy_file("{ \"shape\":(6),'descr':'=i4' ,'fortran_order':False}", std::string(24, '\1')));
    CHECK(other.shape == Extents{6});
    CHECK(values<std::int32_t>(other)[5] == 0x01010101);
    CHECK(values<std::uint8_t>(read(npy_file("{'descr':'|b1','fortran_order':False,'shape':(2,)}",
                                             "\2\xff"))) == std::vector<std::uint8_t>{1, 1});
}

TEST_CASE("npy: types that are no numbers") {
    CHECK(npy_error(numpy_file("objects")) == "x.npy: found Python objects (type '|O'); expected an array of "
                                              "numbers; objects are not read");
    CHECK(npy_error(numpy_file("structured")) ==
          "x.npy: found a structured type; expected an array of numbers");
    for (const char* name : {"texts", "complex"})
        CHECK(npy_error(numpy_file(name))
                  .ends_with("; expected bool, integers of 1 to 8 bytes, or floating point "
                             "of 2, 4 or 8"));
    CHECK(npy_error(numpy_file("texts")).starts_with("x.npy: found entries of type '<U2'"));
    CHECK(npy_error(numpy_file("empty")) == "x.npy: found an array without entries; expected at least one");
}

TEST_CASE("npy: hostile and damaged files") {
    const std::string sound = numpy_file("2 x 3");
    const std::string saved = "; expected a file that numpy.save has written";
    CHECK(npy_error("") == "x.npy: found no .npy file" + saved);
    CHECK(npy_error("PK\3\4 an archive") == "x.npy: found no .npy file" + saved);
    CHECK(npy_error(sound.substr(0, 9)) == "x.npy: found a header that is cut off" + saved);
    CHECK(npy_error(sound.substr(0, 60)) == "x.npy: found a header that is cut off" + saved);
    CHECK(npy_error(sound.substr(0, sound.size() - 1)) ==
          "x.npy: found 23 bytes of data (truncated); expected 24, as its header promises");
    CHECK(npy_error(sound + '\0') ==
          "x.npy: found trailing bytes after the data; expected 24 bytes of data, as its header promises");
    std::string version = sound;
    version[6] = 4;
    CHECK(npy_error(version) == "x.npy: found version 4.0; expected versions 1.0 to 3.0 of the format");
    CHECK(npy_error(std::string("\x93NUMPY\2\0\0\0\0\x40", 12)) ==
          "x.npy: found a header of 1073741824 bytes; expected at most 65536");

    const auto with_shape = [](const std::string& shape) {
        return header_error("{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + ", }");
    };
    CHECK(with_shape("(3,)") == "no error");
    CHECK(with_shape("(1000000000000,)") ==
          "x.npy: found 24 bytes of data (truncated); expected 8000000000000, as its header promises");
    CHECK(with_shape("(4294967296, 4294967296)") ==
          "x.npy: found a shape whose product overflows; expected a shape that fits in memory");
    CHECK(with_shape("(9223372036854775807,)") ==
          "x.npy: found a shape whose product overflows; expected a shape that fits in memory");
    CHECK(with_shape("(0, 9223372036854775807)") ==
          "x.npy: found an array without entries; expected at least one");
    std::string many = "(";
    for (int i = 0; i < 40; ++i)
        many += "1,";
    CHECK(with_shape(many + ")") == "x.npy: found 40 dimensions; expected at most 32");
    const std::string broken = "x.npy: found a header that cannot be read; expected the entries descr, "
                               "fortran_order and shape, as numpy.save writes them";
    for (const char* shape :
         {"(9223372036854775808,)", "(-3,)", "(3", "3", "(3,,)", "(,)", "(x,)", "(3 4)", ""})
        CHECK(with_shape(shape) == broken);
    for (const char* header :
         {"", "{}", "{'descr': '<f8'}", "{'descr': '<f8', 'fortran_order': Maybe, 'shape': (3,)}",
          "{'descr': '<f8', 'fortran_order': False, 'shape': (3,)} x",
          "{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (3,)}",
          "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), 'more': 1}",
          "{'descr': '<f8, 'fortran_order': False, 'shape': (3,)}",
          "{descr: '<f8', 'fortran_order': False, 'shape': (3,)}", "__import__('os').system('true')"})
        CHECK(header_error(header) == broken);
    for (const char* descr : {"", "f8", "<", "<f16", "<i3", "@f8", "<f8 "})
        CHECK(
            header_error("{'descr': '" + std::string(descr) + "', 'fortran_order': False, 'shape': (3,)}") ==
            "x.npy: found entries of type '" + std::string(descr) +
                "'; expected bool, integers of 1 to 8 bytes, or floating point of 2, 4 or 8");
}

TEST_CASE("npz: arrays by name, stored and deflated") {
    const auto path = folder() / "data.npz";
    for (const char* name : {"npz stored", "npz deflated"}) {
        write_file(path, numpy_file(name));
        const NpzFile archive(path);
        CHECK(archive.names() == std::vector<std::string>{"x_train", "y_train"});
        const NpyArray x = archive.read("x_train");
        CHECK(x.shape == Extents{100, 6});
        CHECK(values<float>(x) == counted<float>(600));
        CHECK(values<std::int64_t>(archive.read("y_train")) == counted<std::int64_t>(6));
        CHECK(npy_error([&] { archive.read("x"); }) ==
              "data.npz: found no array 'x'; expected one of 'x_train', 'y_train'");
    }
}

TEST_CASE("npz: damage is found by checksums; what is no archive") {
    const auto path = folder() / "data.npz";
    for (const char* name : {"npz stored", "npz deflated"}) {
        const std::string sound = numpy_file(name);
        std::string damaged = sound;
        const std::size_t middle = sound.find("x_train.npy") + 300;
        damaged[middle] = static_cast<char>(damaged[middle] ^ 1);
        write_file(path, damaged);
        CHECK(npy_error([&] {
                  NpzFile(path).read("x_train");
              }).starts_with("data.npz/x_train.npy: found something that cannot be unpacked ("));
        CHECK(NpzFile(path).read("y_train").shape == Extents{6});
        write_file(path, sound.substr(0, sound.size() - 30));
        CHECK(npy_error([&] { NpzFile{path}; }).starts_with("data.npz: found no archive ("));
    }
    CHECK(npy_error([] { NpzFile(folder() / "none.npz"); }) ==
          "none.npz: found no such file; expected a readable .npz file");
    std::filesystem::create_directory(folder() / "folder.npz");
    CHECK(npy_error([] { NpzFile(folder() / "folder.npz"); }) ==
          "folder.npz: found something not a regular file; expected a readable .npz file");
    write_file(path, "plain text");
    CHECK(npy_error([&] { NpzFile{path}; }) ==
          "data.npz: found no archive (Not a zip archive); expected a readable .npz file");
    const auto pipe = folder() / "pipe.npz";
    REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
    CHECK(npy_error([&] { NpzFile{pipe}; }).starts_with("pipe.npz: found something not a regular file"));
}
