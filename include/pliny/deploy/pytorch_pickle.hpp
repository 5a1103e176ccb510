// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pliny/deploy/pickle.hpp>
#include <pliny/deploy/stored_tensor.hpp>

namespace pliny::detail {

/// An element type: as safetensors, PyTorch's storages ("FloatStorage") and PyTorch's types call it.
struct PytorchDtype {
    std::string_view name, storage, type;
    std::size_t size;
};
inline constexpr std::array<PytorchDtype, 17> pytorch_dtypes{{
    {"F32", "FloatStorage", "float32", 4},
    {"F64", "DoubleStorage", "float64", 8},
    {"F16", "HalfStorage", "float16", 2},
    {"BF16", "BFloat16Storage", "bfloat16", 2},
    {"I64", "LongStorage", "int64", 8},
    {"I32", "IntStorage", "int32", 4},
    {"I16", "ShortStorage", "int16", 2},
    {"I8", "CharStorage", "int8", 1},
    {"U8", "ByteStorage", "uint8", 1},
    {"BOOL", "BoolStorage", "bool", 1},
    {"C64", "ComplexFloatStorage", "complex64", 8},
    {"C128", "ComplexDoubleStorage", "complex128", 16},
    {"U16", "", "uint16", 2},
    {"U32", "", "uint32", 4},
    {"U64", "", "uint64", 8},
    {"F8_E5M2", "", "float8_e5m2", 1},
    {"F8_E4M3", "", "float8_e4m3fn", 1},
}};

/// All that a file of torch.save may name. None of it is run.
inline constexpr std::array<std::string_view, 46> pytorch_globals{
    "collections OrderedDict",
    "collections Counter",
    "torch._utils _rebuild_tensor",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_tensor_v3",
    "torch._utils _rebuild_parameter",
    "torch._utils _rebuild_parameter_with_state",
    "torch FloatStorage",
    "torch DoubleStorage",
    "torch HalfStorage",
    "torch BFloat16Storage",
    "torch LongStorage",
    "torch IntStorage",
    "torch ShortStorage",
    "torch CharStorage",
    "torch ByteStorage",
    "torch BoolStorage",
    "torch ComplexFloatStorage",
    "torch ComplexDoubleStorage",
    "torch.storage UntypedStorage",
    "torch Size",
    "torch device",
    "torch float32",
    "torch float64",
    "torch float16",
    "torch bfloat16",
    "torch int64",
    "torch int32",
    "torch int16",
    "torch int8",
    "torch uint8",
    "torch bool",
    "torch complex64",
    "torch complex128",
    "torch uint16",
    "torch uint32",
    "torch uint64",
    "torch float8_e5m2",
    "torch float8_e4m3fn",
    "_codecs encode",
    "__builtin__ set",
    "builtins set",
    "__builtin__ frozenset",
    "builtins frozenset",
    "__builtin__ bytearray",
    "builtins bytearray",
};
inline constexpr std::array<std::string_view, 1> pytorch_dictionaries{"collections OrderedDict"};

/// A storage as a pickle refers to it; `dtype` is null where its bytes have no type.
struct PytorchStorage {
    std::string_view key;
    const PytorchDtype* dtype;
    std::uint64_t count;
};

/// What the values of a pickle mean to PyTorch. FileError names the tensor.
class PytorchPickle {
public:
    PytorchPickle(const std::filesystem::path& path, const Unpickler& values)
        : path_(path), values_(values) {}

    /// What a persistent value stands for: a tuple ('storage', type, key, location, number of elements).
    PytorchStorage storage(std::uint32_t value, std::string_view tensor) const {
        const auto refuse = [&]() {
            tensor_error(path_, tensor, "no storage that PyTorch writes", "one of a type it knows");
        };
        if (values_[value].kind != Kind::persistent)
            refuse();
        const auto& id = values_[values_[value].items[0]];
        if (id.kind != Kind::sequence || (id.items.size() != 5 && id.items.size() != 6))
            refuse();
        const auto part = [&](std::size_t i, Kind kind) -> const PickleValue& {
            const PickleValue& found = values_[id.items[i]];
            if (found.kind != kind)
                refuse();
            return found;
        };
        if (part(0, Kind::text).text != "storage" || part(4, Kind::integer).integer < 0 ||
            (id.items.size() == 6 && values_[id.items[5]].kind != Kind::nothing)) // a view of a storage
            refuse();
        const std::string_view type = part(1, Kind::global).text;
        const auto found = std::find_if(pytorch_dtypes.begin(), pytorch_dtypes.end(),
                                        [&](const PytorchDtype& each) { return each.storage == type; });
        if (found == pytorch_dtypes.end() && type != "UntypedStorage")
            refuse();
        return {part(2, Kind::text).text, found == pytorch_dtypes.end() ? nullptr : &*found,
                static_cast<std::uint64_t>(part(4, Kind::integer).integer)};
    }

    /// The tensor that a value stands for, or nothing where it is something else. `bytes_of(key)` gives a
    /// storage.
    template <class BytesOf>
    std::optional<StoredTensor> tensor(std::uint32_t value, std::string_view name,
                                       const BytesOf& bytes_of) const {
        for (int parameters = 0; is_call(value, "_rebuild_parameter", "_rebuild_parameter_with_state");)
            value = ++parameters > 4 ? not_a_tensor(name) : argument(value, 0, name);
        const bool typed = is_call(value, "_rebuild_tensor", "_rebuild_tensor_v2");
        if (!typed && !is_call(value, "_rebuild_tensor_v3", ""))
            return std::nullopt;
        const PytorchStorage from = storage(argument(value, 0, name), name);
        StoredTensor made{.name = std::string(name)};
        made.shape = numbers(argument(value, 2, name), name);
        made.strides = numbers(argument(value, 3, name), name);
        const PytorchDtype* dtype = typed ? from.dtype : type(argument(value, 6, name));
        const PickleValue& offset = values_[argument(value, 1, name)];
        if (!dtype || offset.kind != Kind::integer || offset.integer < 0)
            not_a_tensor(name);
        made.dtype = dtype->name;
        made.element_size = dtype->size;

        const std::uint64_t storage_size = from.count * (from.dtype ? from.dtype->size : 1);
        const std::span<const std::byte> bytes = bytes_of(from.key);
        if (from.count > bytes.size() || storage_size != bytes.size())
            tensor_error(path_, name, "a storage of " + std::to_string(bytes.size()) + " bytes",
                         std::to_string(from.count) + " elements");
        const auto reach = element_reach(made.shape, made.strides);
        const auto first = static_cast<std::uint64_t>(offset.integer);
        const std::uint64_t elements = storage_size / made.element_size;
        if (!reach || first > elements || *reach > elements - first)
            tensor_error(path_, name, "a shape or strides that leave its storage",
                         "at most " + std::to_string(elements) + " elements");
        made.data = bytes.subspan(static_cast<std::size_t>(first) * made.element_size,
                                  static_cast<std::size_t>(*reach) * made.element_size);
        return made;
    }

    /// The entries of a dictionary, key and value; those whose key is no text are left out.
    std::vector<std::pair<std::string_view, std::uint32_t>> entries(std::uint32_t value) const {
        std::vector<std::pair<std::string_view, std::uint32_t>> found;
        const auto& items = values_[value].items;
        for (std::size_t i = 0; i + 1 < items.size(); i += 2)
            if (values_[items[i]].kind == Kind::text)
                found.emplace_back(values_[items[i]].text, items[i + 1]);
        return found;
    }
    bool is_dictionary(std::uint32_t value) const { return values_[value].kind == Kind::dictionary; }

private:
    using Kind = PickleValue::Kind;

    [[noreturn]] std::uint32_t not_a_tensor(std::string_view name) const {
        tensor_error(path_, name, "arguments that make no tensor", "those that torch.save writes");
    }
    bool is_call(std::uint32_t value, std::string_view one, std::string_view other) const {
        if (values_[value].kind != Kind::call)
            return false;
        const std::string_view called = values_[values_[value].items[0]].text;
        return called == one || called == other;
    }
    std::uint32_t argument(std::uint32_t call, std::size_t index, std::string_view name) const {
        const auto& arguments = values_[values_[call].items[1]].items;
        return index < arguments.size() ? arguments[index] : not_a_tensor(name);
    }
    std::vector<std::int64_t> numbers(std::uint32_t value, std::string_view name) const {
        if (is_call(value, "Size", ""))
            value = argument(value, 0, name);
        const PickleValue& list = values_[value];
        if (list.kind != Kind::sequence || list.items.size() > safetensors_dims_limit)
            not_a_tensor(name);
        std::vector<std::int64_t> found;
        for (const std::uint32_t each : list.items) {
            if (values_[each].kind != Kind::integer)
                not_a_tensor(name);
            found.push_back(values_[each].integer);
        }
        return found;
    }
    const PytorchDtype* type(std::uint32_t value) const {
        if (values_[value].kind != Kind::global)
            return nullptr;
        const auto found = std::find_if(pytorch_dtypes.begin(), pytorch_dtypes.end(),
                                        [&](const auto& each) { return each.type == values_[value].text; });
        return found == pytorch_dtypes.end() ? nullptr : &*found;
    }

    const std::filesystem::path& path_;
    const Unpickler& values_;
};

} // namespace pliny::detail
