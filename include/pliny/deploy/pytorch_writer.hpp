// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include <pliny/deploy/atomic_file.hpp>
#include <pliny/deploy/pytorch_pickle.hpp>
#include <pliny/deploy/safetensors.hpp>
#include <pliny/deploy/zip_writer.hpp>

namespace pliny {
namespace detail {

/// Writes the instructions of a pickle, protocol 2.
class Pickler {
public:
    std::string bytes = "\x80\x02";

    Pickler& put(std::string_view instructions) {
        bytes += instructions;
        return *this;
    }
    Pickler& global(std::string_view module, std::string_view name) {
        return put("c").put(module).put("\n").put(name).put("\n");
    }
    Pickler& text(std::string_view text) { return put("X").little_endian(text.size(), 4).put(text); }
    /// A number that is not negative.
    Pickler& integer(std::uint64_t number) {
        if (number < 0x100)
            return put("K").little_endian(number, 1);
        if (number < 0x10000)
            return put("M").little_endian(number, 2);
        if (number < 0x80000000)
            return put("J").little_endian(number, 4);
        return put("\x8a\x08").little_endian(number, 8);
    }
    Pickler& tuple(std::span<const std::int64_t> numbers) {
        put("(");
        for (const std::int64_t each : numbers)
            integer(static_cast<std::uint64_t>(each));
        return put("t");
    }

private:
    Pickler& little_endian(std::uint64_t number, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i)
            bytes += static_cast<char>(number >> (8 * i) & 0xff);
        return *this;
    }
};

/// An ordered dictionary of tensors, tensor i in storage 'i'.
inline std::string state_dict_pickle(const std::filesystem::path& path, std::span<const TensorView> tensors) {
    Pickler pickle;
    std::set<std::string_view> seen;
    pickle.global("collections", "OrderedDict").put(")R(");
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        const TensorView& tensor = tensors[i];
        const auto dtype = std::find_if(pytorch_dtypes.begin(), pytorch_dtypes.end(),
                                        [&](const auto& each) { return each.name == tensor.dtype; });
        if (dtype == pytorch_dtypes.end() || dtype->storage.empty())
            tensor_error(path, tensor.name, "dtype " + in_quotes(tensor.dtype), "one that PyTorch stores");
        json_string(path, tensor.name); // valid UTF-8
        if (!seen.insert(tensor.name).second)
            tensor_error(path, tensor.name, "the name twice", "unique names");
        const auto count = element_count(tensor.shape);
        if (!count || *count * dtype->size != tensor.data.size())
            tensor_error(path, tensor.name, std::to_string(tensor.data.size()) + " bytes",
                         "as many as dtype and shape ask for");
        pickle.text(tensor.name).global("torch._utils", "_rebuild_tensor_v2").put("((");
        pickle.text("storage").global("torch", dtype->storage).text(std::to_string(i)).text("cpu");
        pickle.integer(*count).put("tQ").integer(0).tuple(tensor.shape);
        pickle.tuple(dense_strides(tensor.shape)).put("\x89"); // needs no gradient
        pickle.global("collections", "OrderedDict").put(")RtR");
    }
    return std::move(pickle.put("u.").bytes);
}

} // namespace detail

/// Writes tensors in the given order as torch.save(state_dict, file) would, complete and on disk or not at
/// all; equal tensors give equal bytes. FileError: a name twice or not in UTF-8, a type that PyTorch lacks, a
/// size that does not fit the shape, or the system's reason.
inline void write_pytorch(const std::filesystem::path& path, std::span<const TensorView> tensors) {
    const std::string pickle = detail::state_dict_pickle(path, tensors);
    AtomicFile file(path);
    detail::ZipWriter zip(file);
    zip.add_text("archive/data.pkl", pickle);
    zip.add_text("archive/byteorder", "little");
    for (std::size_t i = 0; i < tensors.size(); ++i)
        zip.add("archive/data/" + std::to_string(i), tensors[i].data);
    zip.add_text("archive/version", "3\n");
    zip.finish();
    file.commit();
}

} // namespace pliny
