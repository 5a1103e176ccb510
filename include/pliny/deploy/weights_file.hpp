// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pliny/deploy/file_bytes.hpp>
#include <pliny/deploy/pytorch_pickle.hpp>
#include <pliny/deploy/safetensors.hpp>
#include <pliny/deploy/stored_tensor.hpp>
#include <pliny/deploy/zip_archive.hpp>

namespace pliny {

/// The tensors of a file of any program, with what else it holds. Tensors of PyTorch are in the order in
/// which they were saved, those of safetensors in that of their names.
struct WeightsFile {
    enum class Format { safetensors, pytorch };
    std::filesystem::path path;
    Format format;
    std::vector<StoredTensor> tensors;
    std::vector<std::string> others; // names of entries that are no tensors
    SafetensorsMetadata metadata;
    std::shared_ptr<const std::byte[]> bytes; // what the tensors view
};

namespace detail {

inline constexpr std::size_t pickle_limit = std::size_t{64} << 20;

/// Names for a message, as many as a reader can want.
inline std::string name_list(const std::vector<std::string>& names) {
    constexpr std::size_t most = 1000;
    std::string list;
    for (std::size_t i = 0; i < std::min(names.size(), most); ++i)
        list += (i ? ", " : "") + in_quotes(names[i]);
    return list + (names.size() > most ? " and " + std::to_string(names.size() - most) + " more" : "");
}

/// Takes the tensors out of the dictionary that a pickle holds, or out of its entry `key`.
template <class BytesOf>
void take_tensors(WeightsFile& file, const Unpickler& values, std::uint32_t root, const std::string& key,
                  const BytesOf& bytes_of) {
    const PytorchPickle pickle(file.path, values);
    const auto dictionary = [&](std::uint32_t value, const std::string& what) {
        if (!pickle.is_dictionary(value))
            file_error(file.path, "found no dictionary" + what +
                                      "; expected tensors by name, as "
                                      "torch.save(model.state_dict(), file) writes");
        return pickle.entries(value);
    };
    auto entries = dictionary(root, "");
    if (!key.empty()) {
        const auto found = std::find_if(entries.rbegin(), entries.rend(),
                                        [&](const auto& entry) { return entry.first == key; });
        if (found == entries.rend()) {
            std::vector<std::string> names;
            for (const auto& entry : entries)
                names.emplace_back(entry.first);
            file_error(file.path,
                       "found no entry " + in_quotes(key) + "; its entries are " + name_list(names));
        }
        entries = dictionary(found->second, " in entry " + in_quotes(key));
    }
    std::vector<std::string> dictionaries;
    std::set<std::string_view> seen;
    for (const auto& [name, value] : entries) {
        if (!seen.insert(name).second)
            tensor_error(file.path, name, "the name twice", "unique names");
        if (auto tensor = pickle.tensor(value, name, bytes_of)) {
            file.tensors.push_back(std::move(*tensor));
            continue;
        }
        file.others.emplace_back(name);
        if (pickle.is_dictionary(value))
            dictionaries.emplace_back(name);
    }
    if (file.tensors.empty() && !file.others.empty())
        file_error(file.path, "found no tensors but the entries " + name_list(file.others) +
                                  (dictionaries.empty() ? std::string("; expected tensors by name")
                                                        : "; set key to the one that holds the weights, " +
                                                              name_list(dictionaries)));
}

/// What torch.save writes since PyTorch 1.6: a zip archive with a pickle and an entry for each storage.
inline void read_pytorch_zip(WeightsFile& file, std::span<const std::byte> bytes, const std::string& key) {
    const ZipArchive archive(file.path, bytes);
    const std::string folder(archive.before("data.pkl"));
    if (archive.contains(folder + "constants.pkl"))
        file_error(file.path, "found a TorchScript program; expected weights, as "
                              "torch.save(model.state_dict(), file) writes");
    if (archive.contains(folder + "byteorder")) {
        const auto order = archive.at(folder + "byteorder");
        const std::string_view text(reinterpret_cast<const char*>(order.data()), order.size());
        if (text != "little")
            file_error(file.path, "found the byte order " + in_quotes(text) + "; expected 'little'");
    }
    const auto pickle = archive.at(folder + "data.pkl");
    if (pickle.size() > pickle_limit)
        file_error(file.path, "found a pickle of " + std::to_string(pickle.size()) +
                                  " bytes; expected at most " + std::to_string(pickle_limit));
    Unpickler values(file.path, pickle, pytorch_globals, pytorch_dictionaries);
    const std::uint32_t root = values.read();
    std::map<std::string_view, std::span<const std::byte>> storages; // checked once each
    take_tensors(file, values, root, key, [&](std::string_view storage) {
        const auto [place, is_new] = storages.try_emplace(storage);
        if (is_new)
            place->second = archive.at(folder + "data/" + std::string(storage));
        return place->second;
    });
}

/// What torch.save wrote before PyTorch 1.6: pickles of a magic number, a version, facts about the machine,
/// the object and the keys of its storages; then the storages, each a count and its elements.
inline void read_pytorch_legacy(WeightsFile& file, std::span<const std::byte> bytes, const std::string& key) {
    Unpickler values(file.path, bytes, pytorch_globals, pytorch_dictionaries);
    const PytorchPickle pickle(file.path, values);
    const auto refuse = [&](const std::string& found) {
        file_error(file.path, "found " + found + "; expected a file that torch.save wrote");
    };
    values.read(); // the magic number, which has been recognised
    const std::uint32_t version = values.read();
    if (values[version].kind != PickleValue::Kind::integer || values[version].integer != 1001)
        refuse("another version of the format than 1001");
    const std::uint32_t machine = values.read();
    if (!pickle.is_dictionary(machine))
        refuse("no dictionary about the machine");
    for (const auto& [name, value] : pickle.entries(machine))
        if (name == "little_endian" && values[value].integer == 0)
            file_error(file.path, "found the byte order 'big'; expected 'little'");
    const std::uint32_t root = values.read();
    const std::uint32_t keys = values.read();
    if (values[keys].kind != PickleValue::Kind::sequence)
        refuse("no list of storages");

    std::map<std::string_view, PytorchStorage> described;
    for (std::uint32_t i = 0; i < values.size(); ++i)
        if (values[i].kind == PickleValue::Kind::persistent) {
            const PytorchStorage storage = pickle.storage(i, "of its pickle");
            if (!storage.dtype)
                refuse("a storage without a type");
            described.emplace(storage.key, storage);
        }
    std::map<std::string_view, std::span<const std::byte>> storages;
    auto rest = bytes.subspan(values.position);
    for (const std::uint32_t each : values[keys].items) {
        const auto found = described.find(values[each].text);
        if (found == described.end())
            refuse("a storage " + in_quotes(values[each].text) + " that no tensor has");
        std::uint64_t count = 0;
        if (rest.size() < sizeof count)
            refuse("the end of the file before its storages");
        std::memcpy(&count, rest.data(), sizeof count);
        rest = rest.subspan(sizeof count);
        const std::size_t size = found->second.dtype->size;
        if (count != found->second.count || count > rest.size() / size)
            refuse("a storage " + in_quotes(found->first) + " that the file does not hold as a whole");
        storages[found->first] = rest.first(static_cast<std::size_t>(count) * size);
        rest = rest.subspan(static_cast<std::size_t>(count) * size);
    }
    take_tensors(file, values, root, key, [&](std::string_view storage) {
        const auto found = storages.find(storage);
        if (found == storages.end())
            refuse("no storage " + in_quotes(storage));
        return found->second;
    });
}

inline void read_safetensors_weights(WeightsFile& file, const std::string& key) {
    if (!key.empty())
        file_error(file.path, "found a safetensors file, which has tensors only; expected no key, not " +
                                  in_quotes(key));
    SafetensorsFile read = read_safetensors(file.path);
    for (TensorView& view : read.tensors) {
        const unsigned bits = safetensors_dtypes[safetensors_dtype_rank(view.dtype)].bits;
        auto strides = dense_strides(view.shape);
        file.tensors.push_back({std::move(view.name), std::move(view.dtype), bits / 8, std::move(view.shape),
                                std::move(strides), view.data});
    }
    file.metadata = std::move(read.metadata);
    file.bytes = std::move(read.bytes);
}

/// Files that are taken for weights by mistake, by their first bytes.
inline std::string_view mistaken_file(std::string_view start) {
    struct Known {
        std::string_view start, what;
    };
    static constexpr std::array<Known, 7> known{{{"version https://git-lfs", "a pointer of Git LFS"},
                                                 {"<", "a page of HTML or XML"},
                                                 {"\x89HDF", "an HDF5 file"},
                                                 {"\x1f\x8b", "a gzip file"},
                                                 {"\x93NUMPY", "an array of NumPy"},
                                                 {"\x80", "a pickle that torch.save did not write"},
                                                 {"GGUF", "a GGUF file"}}};
    for (const Known& each : known)
        if (start.starts_with(each.start))
            return each.what;
    return start.empty() ? "an empty file" : "something else";
}

} // namespace detail

/// Reads a safetensors file or what torch.save wrote, whatever the file is called; nothing in it is run.
/// `key`: the entry of a PyTorch checkpoint that holds the tensors, empty where they are not inside one.
/// FileError where the file is neither, is damaged, or holds Python objects other than plain data.
inline WeightsFile read_weights_file(const std::filesystem::path& path, const std::string& key = {}) {
    constexpr std::string_view zip("PK\x03\x04"), empty_zip("PK\x05\x06");
    constexpr std::string_view legacy("\x80\x02\x8a\x0al\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
    const detail::FileBytes first = detail::read_file_start(path, 32);
    const std::string_view start(reinterpret_cast<const char*>(first.all.data()), first.all.size());
    WeightsFile file{path, WeightsFile::Format::pytorch, {}, {}, {}, {}};
    if (start.size() > 8 && start[8] == '{') {
        file.format = WeightsFile::Format::safetensors;
        detail::read_safetensors_weights(file, key);
        return file;
    }
    const bool is_zip = start.starts_with(zip) || start.starts_with(empty_zip);
    if (!is_zip && !start.starts_with(legacy))
        detail::file_error(path, "found " + std::string(detail::mistaken_file(start)) +
                                     "; expected a safetensors file or one that torch.save wrote");
    const detail::FileBytes bytes = detail::read_whole_file(path);
    if (is_zip)
        detail::read_pytorch_zip(file, bytes.all, key);
    else
        detail::read_pytorch_legacy(file, bytes.all, key);
    file.bytes = bytes.owner;
    return file;
}

} // namespace pliny
