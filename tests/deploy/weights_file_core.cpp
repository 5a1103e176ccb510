// SPDX-License-Identifier: Apache-2.0
// Files of weights as Python's torch writes them (tests/golden/state_dicts.py), without LibTorch.
#include <pliny/core.hpp>
#include <pliny/deploy/pytorch_writer.hpp>
#include <pliny/deploy/weight_names.hpp>
#include <pliny/deploy/weights_file.hpp>

#include "support/error_of.hpp"
#include "support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <functional>
#include <numeric>

using namespace pliny;
using namespace pliny::testing;

namespace {

std::filesystem::path golden(const std::string& name) {
    return std::filesystem::path(PLINY_TEST_DATA) / "state_dicts" / name;
}

/// The message of a refused file, less the leading "<path>: ".
std::string weights_refusal(const std::filesystem::path& path, const std::string& key = {}) {
    return error_of<FileError>([&] { read_weights_file(path, key); }, path.string() + ": ");
}

const StoredTensor& tensor(const WeightsFile& file, const std::string& name) {
    const auto found = std::find_if(file.tensors.begin(), file.tensors.end(),
                                    [&](const StoredTensor& each) { return each.name == name; });
    REQUIRE(found != file.tensors.end());
    return *found;
}

template <class Number>
std::vector<Number> numbers(const StoredTensor& tensor) {
    REQUIRE(tensor.element_size == sizeof(Number));
    std::vector<Number> values(detail::element_count(tensor.shape).value());
    detail::copy_elements(tensor, std::as_writable_bytes(std::span(values)));
    return values;
}

/// What the script puts there: i / 8 - 2.
template <class Number = float>
std::vector<Number> expected(int first, int count) {
    std::vector<Number> values;
    for (int i = first; i < first + count; ++i)
        values.push_back(static_cast<Number>(i) / 8 - 2);
    return values;
}

const std::vector<std::string> names{
    "0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked",
    "3.weight", "3.bias"};

std::vector<std::string> names_of(const WeightsFile& file) {
    std::vector<std::string> found;
    for (const StoredTensor& each : file.tensors)
        found.push_back(each.name);
    return found;
}

void check_sound(const WeightsFile& file, const std::string& prefix = {}) {
    CHECK(numbers<float>(tensor(file, prefix + "0.weight")) == expected(0, 54));
    CHECK(tensor(file, prefix + "0.weight").shape == std::vector<std::int64_t>{3, 2, 3, 3});
    CHECK(numbers<float>(tensor(file, prefix + "0.bias")) == expected(54, 3));
    CHECK(numbers<float>(tensor(file, prefix + "1.weight")) == expected(57, 3));
    CHECK(numbers<float>(tensor(file, prefix + "1.bias")) == expected(60, 3));
    CHECK(numbers<float>(tensor(file, prefix + "3.weight")) == expected(69, 48));
    CHECK(tensor(file, prefix + "3.weight").shape == std::vector<std::int64_t>{4, 12});
}

TensorView view_of(const std::string& name, const std::vector<float>& values,
                   std::vector<std::int64_t> shape) {
    return {name, "F32", std::move(shape), std::as_bytes(std::span(values))};
}

/// A zip archive with one pickle.
std::filesystem::path with_pickle(const std::filesystem::path& path, std::string_view pickle,
                                  const std::string& byte_order = "little") {
    AtomicFile file(path);
    detail::ZipWriter zip(file);
    zip.add_text("a/data.pkl", pickle);
    zip.add_text("a/byteorder", byte_order);
    zip.add_text("a/data/0", "0123456789abcdef");
    zip.finish();
    file.commit();
    return path;
}

} // namespace

TEST_CASE("Files of torch.save: formats, protocols, names and numbers") {
    for (const char* name : {"plain.pt", "legacy.pth", "protocol4.pt", "strided.pt"}) {
        CAPTURE(name);
        const WeightsFile file = read_weights_file(golden(name));
        CHECK(file.format == WeightsFile::Format::pytorch);
        CHECK(names_of(file) == names);
        CHECK(file.others.empty());
        check_sound(file);
        CHECK(numbers<std::int64_t>(tensor(file, "1.num_batches_tracked")) == std::vector<std::int64_t>{5});
        CHECK(tensor(file, "1.num_batches_tracked").shape.empty());
    }
    check_sound(read_weights_file(golden("prefixed.pth")), "module.");
    check_sound(read_weights_file(golden("plain.safetensors")));
    CHECK(read_weights_file(golden("plain.safetensors")).format == WeightsFile::Format::safetensors);
    const WeightsFile parameters = read_weights_file(golden("parameters.pt"));
    check_sound(parameters);
    CHECK(parameters.tensors.size() == 6);
}

TEST_CASE("Views of a storage: strides, gaps, one number for all") {
    const WeightsFile file = read_weights_file(golden("strided.pt"));
    CHECK(tensor(file, "0.weight").strides == std::vector<std::int64_t>{18, 1, 6, 2});
    CHECK(tensor(file, "3.weight").strides == std::vector<std::int64_t>{1, 4});
    CHECK(tensor(file, "1.weight").strides == std::vector<std::int64_t>{3});
    CHECK(tensor(file, "1.weight").data.size() == 7 * 4);
    CHECK(tensor(file, "3.bias").strides == std::vector<std::int64_t>{0});
    CHECK(numbers<float>(tensor(file, "3.bias")) == std::vector<float>{7.5, 7.5, 7.5, 7.5});
}

TEST_CASE("Element types are told apart") {
    const WeightsFile exact = read_weights_file(golden("double.pt"));
    CHECK(tensor(exact, "3.weight").dtype == "F64");
    CHECK(numbers<double>(tensor(exact, "3.weight")) == expected<double>(69, 48));
    CHECK(tensor(exact, "1.num_batches_tracked").dtype == "I64");
    const WeightsFile half = read_weights_file(golden("half.pt"));
    CHECK(tensor(half, "0.bias").dtype == "F16"); // 54 / 8 - 2 = 4.75
    CHECK(numbers<std::uint16_t>(tensor(half, "0.bias")) ==
          std::vector<std::uint16_t>{0x44c0, 0x44e0, 0x4500});
    for (const char* name : {"bfloat16.pt", "bfloat16.safetensors"}) {
        const WeightsFile brain = read_weights_file(golden(name));
        CHECK(tensor(brain, "0.bias").dtype == "BF16");
        CHECK(numbers<std::uint16_t>(tensor(brain, "0.bias")) ==
              std::vector<std::uint16_t>{0x4098, 0x409c, 0x40a0});
    }
}

TEST_CASE("A checkpoint: its weights by key, and its keys in the error") {
    check_sound(read_weights_file(golden("checkpoint.pth"), "state_dict"));
    CHECK(weights_refusal(golden("checkpoint.pth")) ==
          "found no tensors but the entries 'epoch', 'best', 'shape', 'device', 'history', 'state_dict', "
          "'optimizer'; set key to the one that holds the weights, 'state_dict', 'optimizer'");
    CHECK(weights_refusal(golden("checkpoint.pth"), "model") ==
          "found no entry 'model'; its entries are 'epoch', 'best', 'shape', 'device', 'history', "
          "'state_dict', 'optimizer'");
    CHECK(weights_refusal(golden("checkpoint.pth"), "epoch") ==
          "found no dictionary in entry 'epoch'; expected tensors by name, as torch.save(model.state_dict(), "
          "file) writes");
    CHECK(weights_refusal(golden("plain.safetensors"), "model") ==
          "found a safetensors file, which has tensors only; expected no key, not 'model'");
}

TEST_CASE("Hostile and foreign files: one sentence, nothing is run") {
    const TemporaryFolder folder;
    const auto object = [](const std::string& name) {
        return "found the Python object '" + name +
               "', which was not run; expected tensors, numbers, text, lists and dictionaries only, as "
               "torch.save(model.state_dict(), file) writes";
    };
    std::filesystem::remove("pliny_was_here");
    CHECK(weights_refusal(golden("evil.pt")) == object("posix.system"));
    CHECK(weights_refusal(golden("evil_legacy.pt")) == object("posix.system"));
    CHECK(weights_refusal(golden("module.pt")) == object("torch.nn.modules.container.Sequential"));
    CHECK(!std::filesystem::exists("pliny_was_here"));
    CHECK(weights_refusal(golden("truncated.pt")) ==
          "found no directory at the end: the file is cut off; expected a "
          "whole zip archive as torch.save writes it");
    CHECK(weights_refusal(golden("compressed.pt")) ==
          "found entry 'plain/data.pkl' compressed or encrypted; expected a whole zip archive as torch.save "
          "writes it");

    const auto written = [&](const std::string& bytes) {
        return weights_refusal(write_file(folder / "file", bytes));
    };
    const std::string expected = "; expected a safetensors file or one that torch.save wrote";
    CHECK(written("") == "found an empty file" + expected);
    CHECK(written("<!DOCTYPE html><html>") == "found a page of HTML or XML" + expected);
    CHECK(written("version https://git-lfs.github.com/spec/v1") == "found a pointer of Git LFS" + expected);
    CHECK(written("\x89HDF\r\n") == "found an HDF5 file" + expected);
    CHECK(written("\x80\x02}.") == "found a pickle that torch.save did not write" + expected);
    CHECK(written("some text, say") == "found something else" + expected);
    CHECK(weights_refusal(folder / "nothing") == "cannot be read: No such file or directory");
    CHECK(weights_refusal(folder.path()) == "found something not a regular file; expected a file");
}

TEST_CASE("Archives that are not weights") {
    const TemporaryFolder folder;
    const auto path = folder / "archive.pt";
    const auto with = [&](const std::vector<std::string>& entries) {
        AtomicFile file(path);
        pliny::detail::ZipWriter zip(file);
        for (const std::string& entry : entries)
            zip.add_text(entry, "\x80\x02}.");
        zip.finish();
        file.commit();
        return weights_refusal(path);
    };
    CHECK(with({"a/data.pkl"}) == "no error");
    CHECK(with({"a/data.pkl", "a/constants.pkl"}) ==
          "found a TorchScript program; expected weights, as torch.save(model.state_dict(), file) writes");
    CHECK(with({"a/data.pkl", "b/data.pkl"}) ==
          "found two entries that end in 'data.pkl': 'a/data.pkl' and 'b/data.pkl'");
    CHECK(with({"a/data.pkl", "a/data.pkl"}) ==
          "found entry 'a/data.pkl' twice; expected a whole zip archive as "
          "torch.save writes it");
    CHECK(with({"photo.png"}) ==
          "found a zip archive without an entry 'data.pkl'; expected one that torch.save "
          "wrote");
}

TEST_CASE("Every truncation of a file is refused") {
    const TemporaryFolder folder;
    for (const char* name : {"plain.pt", "legacy.pth", "plain.safetensors"}) {
        const std::string bytes = read_file(golden(name));
        for (std::size_t size = 0; size < bytes.size(); size += size < 40 ? 1 : 37) {
            CAPTURE(name);
            CAPTURE(size);
            CHECK(weights_refusal(write_file(folder / "cut", bytes.substr(0, size))).find("expected") !=
                  std::string::npos);
        }
    }
}

TEST_CASE("Lies of a pickle") {
    using namespace std::string_literals;
    const TemporaryFolder folder;
    const auto pickled = [&](const std::string& body) {
        return weights_refusal(with_pickle(folder / "lie.pt", "\x80\x02" + body + "."));
    };
    const std::string storage = "(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0"
                                "0X\x03\0\0\0cpuK\x04tQ"s;
    const auto made = [&](const std::string& arguments) {
        return pickled("}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n("s + arguments + "tRs");
    };
    const std::string rest = "\x89}";
    const std::string leaves =
        "tensor 'w': found a shape or strides that leave its storage; expected at most 4 "
        "elements";
    CHECK(made(storage + "K\0K\x04\x85K\x01\x85"s + rest) == "no error");
    CHECK(made(storage + "K\x01K\x04\x85K\x01\x85"s + rest) == leaves); // offset
    CHECK(made(storage + "K\0K\x05\x85K\x01\x85"s + rest) == leaves);
    CHECK(made(storage + "K\0K\x03\x85K\x02\x85"s + rest) == leaves);
    CHECK(made(storage + "K\0K\x03\x85J\xff\xff\xff\xff\x85"s + rest) == leaves); // negative stride
    CHECK(made(storage + "K\0J\xff\xff\xff\xff\x85K\x01\x85"s + rest) == leaves); // negative extent
    CHECK(made(storage + "K\0K\x02K\x02\x86K\x01\x85"s + rest) == leaves);        // ranks
    CHECK(made(storage +
               "K\0J\xff\xff\xff\x7f"
               "J\xff\xff\xff\x7f"
               "J\xff\xff\xff\x7f\x87K\0K\0K\0\x87"s +
               rest) == leaves); // too many elements for any memory
    CHECK(made(storage + "K\0K\x02\x85\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85"s + rest) == leaves);
    const std::string no_tensor =
        "tensor 'w': found arguments that make no tensor; expected those that torch.save writes";
    CHECK(made("") == no_tensor);
    CHECK(made(storage + "N"s) == no_tensor);
    CHECK(made(storage + "NK\x04\x85K\x01\x85"s + rest) == no_tensor);
    CHECK(made(storage + "K\0K\x04K\x01\x85"s + rest) == no_tensor);
    const std::string no_storage =
        "tensor 'w': found no storage that PyTorch writes; expected one of a type it knows";
    CHECK(made("NK\0)]"s + rest) == no_storage);
    CHECK(made("NQK\0)]"s + rest) == no_storage);
    CHECK(made("(X\x07\0\0\0storagectorch\nSize\nX\x01\0\0\0"
               "0X\x03\0\0\0cpuK\x04tQK\0))"s +
               rest) == no_storage);
    CHECK(made("(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0"
               "0X\x03\0\0\0cpuK\x05tQK\0))"s +
               rest) == "tensor 'w': found a storage of 16 bytes; expected 5 elements");
    CHECK(made("(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0"
               "1X\x03\0\0\0cpuK\x05tQK\0))"s +
               rest) == "found no entry 'a/data/1' in the archive; expected it");

    const auto refused = [&](const std::string& body, const std::string& what) {
        CAPTURE(what);
        CHECK(pickled(body).find(" of its pickle: found " + what + "; expected what torch.save writes") !=
              std::string::npos);
    };
    refused("", "an instruction without a value");
    refused("(", "an instruction without a value");
    refused("}s", "an instruction without a value");
    refused("}Ns", "an instruction without a value");
    refused("NNNs", "an instruction for another type of value");
    refused("}u", "an instruction without a mark");
    refused("}(Nu", "a key without a value");
    refused("h\x07", "a value that was not remembered");
    refused("Nr\xff\xff\xff\xff"s, "a memo of 4294967295 places");
    refused("X\xff\xff\xff\xff"
            "abc"s,
            "the end of the data");
    refused("ctorch", "a name without end");
    refused("}}R", "an instruction for another type of value");
    refused("i", "the instruction 105");
    refused("NNb", "an instruction for another type of value");
    CHECK(weights_refusal(with_pickle(folder / "cut.pt", "\x80\x02}")).find("the end of the data") !=
          std::string::npos);
    CHECK(weights_refusal(with_pickle(folder / "old.pt", "\x80\x01}.")).find("found protocol 1") !=
          std::string::npos);
    CHECK(weights_refusal(with_pickle(folder / "big.pt", "\x80\x02}.", "big")) ==
          "found the byte order 'big'; expected 'little'");
    CHECK(pickled("]q\0h\0a"s) == "found no dictionary; expected tensors by name, as "
                                  "torch.save(model.state_dict(), file) writes"); // a list inside itself
    CHECK(pickled("}(X\x01\0\0\0wNX\x01\0\0\0wNu"s) ==
          "tensor 'w': found the name twice; expected unique names");
    // A parameter of a parameter of itself.
    CHECK(pickled("}X\x01\0\0\0wctorch._utils\n_rebuild_parameter\n]q\0Rq\x01h\0h\x01"
                  "a0s"s) != "no error");
}

TEST_CASE("An archive that has been altered") {
    const TemporaryFolder folder;
    const std::string bytes = read_file(golden("plain.pt"));
    std::string changed;
    std::size_t refused = 0;
    for (std::size_t i = 0; i < bytes.size(); i += 3) { // whatever byte it is: an error, or no difference
        changed = bytes;
        changed[i] = static_cast<char>(~changed[i]);
        const auto path = write_file(folder / "changed.pt", changed);
        const std::string text = weights_refusal(path);
        refused += text != "no error";
        if (text == "no error")
            check_sound(read_weights_file(path));
    }
    CHECK(refused > bytes.size() / 3 / 4);
}

TEST_CASE("write_pytorch: the same bytes again, aligned, read as they were written") {
    const TemporaryFolder folder;
    const std::vector<float> values{1, 2, 3, 4, 5, 6};
    const std::int64_t count = 70000;
    std::vector<TensorView> tensors{view_of("z.weight", values, {2, 3}), view_of("empty", {}, {0, 4})};
    tensors.push_back({"count", "I64", {}, std::as_bytes(std::span(&count, 1))});
    std::vector<float> many(300);
    std::iota(many.begin(), many.end(), 0.0f);
    tensors.push_back(view_of("many", many, {300}));
    write_pytorch(folder / "one.pt", tensors);
    write_pytorch(folder / "two.pth", tensors);
    const std::string bytes = read_file(folder / "one.pt");
    CHECK(read_file(folder / "two.pth") == bytes);
    CHECK(bytes.find(std::string(reinterpret_cast<const char*>(many.data()), 1200)) % 64 == 0);

    const WeightsFile file = read_weights_file(folder / "one.pt");
    CHECK(names_of(file) == std::vector<std::string>{"z.weight", "empty", "count", "many"});
    CHECK(numbers<float>(tensor(file, "z.weight")) == values);
    CHECK(tensor(file, "z.weight").shape == std::vector<std::int64_t>{2, 3});
    CHECK(tensor(file, "empty").shape == std::vector<std::int64_t>{0, 4});
    CHECK(numbers<std::int64_t>(tensor(file, "count")) == std::vector<std::int64_t>{70000});
    CHECK(numbers<float>(tensor(file, "many")) == many);

    const auto error_of = [&](const std::vector<TensorView>& wrong) {
        try {
            write_pytorch(folder / "wrong.pt", wrong);
        } catch (const FileError& error) {
            return std::string(error.what()).substr((folder / "wrong.pt").string().size() + 2);
        }
        return std::string("no error");
    };
    CHECK(error_of({tensors[0], tensors[0]}) ==
          "tensor 'z.weight': found the name twice; expected unique names");
    CHECK(error_of({view_of("a", values, {7})}) ==
          "tensor 'a': found 24 bytes; expected as many as dtype and shape ask for");
    CHECK(error_of({{"a", "F4", {}, {}}}) ==
          "tensor 'a': found dtype 'F4'; expected one that PyTorch stores");
    CHECK(error_of({view_of("\xff", values, {6})}).find("expected valid UTF-8") != std::string::npos);
    CHECK(!std::filesystem::exists(folder / "wrong.pt"));
}

TEST_CASE("Names: the longest pair that fits, both ways") {
    const Renaming renaming{
        {"features", "body"}, {"features.10", "last"}, {"features.1.bias", "first"}, {"classifier", ""}};
    const auto in = [&](const std::string& name) {
        return detail::renamed(name, renaming, detail::RenamingSide::file);
    };
    CHECK(in("features.1.weight") == "body.1.weight");
    CHECK(in("features.10.weight") == "last.weight");
    CHECK(in("features.100.weight") == "body.100.weight");
    CHECK(in("features.1.bias") == "first");
    CHECK(in("featuresque.1") == "featuresque.1");
    CHECK(in("classifier.6.weight") == "");
    CHECK(in("other") == "other");
    const auto out = [&](const std::string& name) {
        return detail::renamed(name, renaming, detail::RenamingSide::model);
    };
    for (const char* name :
         {"features.1.weight", "features.10.weight", "features.100.weight", "features.1.bias", "other"})
        CHECK(out(in(name)) == name);
}

TEST_CASE("Vgg16 has the names of torchvision's vgg16") {
    using Net = Vgg16On<Image<3, 224, 224>, 1000>;
    std::string paths;
    for (int row = 1; row < plan<Net>.size(); ++row)
        if (plan<Net>[row].has_weights())
            paths += std::string(plan<Net>[row].path.view()) + " ";
    CHECK(paths ==
          "features.0 features.2 features.5 features.7 features.10 features.12 features.14 features.17 "
          "features.19 features.21 features.24 features.26 features.28 classifier.0 classifier.3 "
          "classifier.6 ");
    static_assert(cost_of<Net, Params> == 138'357'544); // as torchvision states
}

TEST_CASE("Layers are paired in order") {
    const WeightsFile file = read_weights_file(golden("renamed.pt"));
    std::vector<detail::TensorShape> own{
        {"0.weight", {3, 2, 3, 3}}, {"0.bias", {3}},        {"1.weight", {3}},     {"1.bias", {3}},
        {"1.running_mean", {3}},    {"1.running_var", {3}}, {"3.weight", {4, 12}}, {"3.bias", {4}}};
    CHECK(detail::paired_layers(file, own) ==
          Renaming{{"stem.conv", "0"}, {"stem.norm", "1"}, {"head", "3"}});
    const auto error_of = [&](const WeightsFile& of, const std::vector<detail::TensorShape>& shapes) {
        try {
            detail::paired_layers(of, shapes);
        } catch (const FileError& error) {
            return std::string(error.what()).substr(of.path.string().size() + 2);
        }
        return std::string("no error");
    };
    own[6].shape = {4, 13};
    CHECK(error_of(file, own) ==
          "layer 3: found 'head' with bias [4], weight [4, 12]; expected '3' with bias "
          "[4], weight [4, 13]");
    own.resize(2);
    CHECK(error_of(file, own) ==
          "layer 2: found 'stem.norm' with bias [3], running_mean [3], running_var [3], "
          "weight [3]; expected none");
    CHECK(
        error_of(read_weights_file(golden("plain.safetensors")), own) ==
        "found a safetensors file, which does not keep the order of layers; expected a file that torch.save "
        "wrote, or a renaming");
    const std::vector<detail::TensorShape> single{{"weight", {4, 12}}, {"bias", {4}}};
    WeightsFile one = file;
    one.tensors = {tensor(file, "head.weight"), tensor(file, "head.bias")};
    CHECK(detail::paired_layers(one, single) ==
          Renaming{{"head.bias", "bias"},
                   {"head.weight", "weight"},
                   {"head.num_batches_tracked", "num_batches_tracked"}});
}
