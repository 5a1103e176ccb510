// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/file_kind.hpp>
#include <pliny/deploy/pytorch_writer.hpp>
#include <pliny/deploy/state_dict.hpp>
#include <pliny/deploy/stored_tensor.hpp>
#include <pliny/deploy/tensor_views.hpp>
#include <pliny/deploy/weights_file.hpp>

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace pliny {
namespace detail {

inline at::ScalarType scalar_type(std::string_view dtype) {
    constexpr std::pair<std::string_view, at::ScalarType> types[]{
        {"F32", at::kFloat}, {"F64", at::kDouble}, {"F16", at::kHalf},  {"BF16", at::kBFloat16},
        {"I64", at::kLong},  {"I32", at::kInt},    {"I16", at::kShort}, {"I8", at::kChar},
        {"U8", at::kByte},   {"BOOL", at::kBool}};
    for (const auto& [name, type] : types)
        if (name == dtype)
            return type;
    return at::ScalarType::Undefined;
}

/// The tensor of a file on the host, dense, in the type that it has there.
PLINY_INLINE at::Tensor on_host(const StoredTensor& tensor) {
    at::Tensor host = at::empty(tensor.shape, scalar_type(tensor.dtype));
    copy_elements(tensor, std::span(static_cast<std::byte*>(host.mutable_data_ptr()), host.nbytes()));
    return host;
}

/// Whether numbers of one type may become those of another: real ones real ones, whole ones whole ones, and
/// counts of batches either.
inline bool convertible(at::ScalarType from, at::ScalarType to, bool is_count) {
    if (from == at::ScalarType::Undefined)
        return false;
    const bool truths = from == at::kBool || to == at::kBool;
    return from == to || (!truths && (is_count || at::isFloatingType(from) == at::isFloatingType(to)));
}

/// Whether a conversion has kept what it must: finite numbers finite, whole numbers as they were.
inline bool kept_by_conversion(const at::Tensor& before, const at::Tensor& after) {
    if (!at::isFloatingType(before.scalar_type()) || !at::isFloatingType(after.scalar_type()))
        return at::equal(after.to(before.scalar_type()), before);
    return !(before.isfinite() & after.isfinite().logical_not()).any().item<bool>();
}

/// Names of tensors in the file of a search model that are no weights, but what the search keeps beside them.
inline std::set<std::string> states_in(const SafetensorsMetadata& metadata) {
    std::set<std::string> names;
    if (const auto entry = metadata.find("pliny.states"); entry != metadata.end())
        if (const auto json = nlohmann::json::parse(entry->second, nullptr, false); json.is_array())
            for (const auto& name : json)
                if (name.is_string())
                    names.insert(name.get<std::string>());
    return names;
}

/// Names that the file gives to all of its tensors in front of those of the model, for a remedy in messages.
inline std::string prefix_of(const std::vector<std::string>& unexpected,
                             const std::vector<std::string>& missing) {
    if (unexpected.empty() || missing.empty())
        return {};
    for (const std::string& name : missing)
        if (unexpected[0].ends_with("." + name)) {
            const std::string prefix = unexpected[0].substr(0, unexpected[0].size() - name.size());
            if (std::all_of(unexpected.begin(), unexpected.end(),
                            [&](const std::string& each) { return each.starts_with(prefix); }))
                return prefix;
        }
    return {};
}

PLINY_INLINE UnmatchedNames load_weights(const NamedTensors& own, const std::filesystem::path& path,
                                         const LoadOptions& options) {
    const at::NoGradGuard no_grad;
    const WeightsFile file = read_weights_file(path, options.key);
    const FileKind kind = file_kind(file.metadata);
    if (kind == FileKind::quantized || kind == FileKind::checkpoint)
        file_error(path, "found " + std::string(kind_text(kind)) + "; expected weights in floating point");

    const std::set<std::string> states = states_in(file.metadata);
    UnmatchedNames names;
    std::map<std::string, const StoredTensor*> theirs;
    const auto name_of = [&](std::string name) {
        if (!options.drop_prefix.empty() && name.starts_with(options.drop_prefix))
            name.erase(0, options.drop_prefix.size());
        return renamed(name, options.renaming, RenamingSide::file);
    };
    for (const StoredTensor& tensor : file.tensors) {
        const std::string name = name_of(tensor.name);
        if (name.empty() || states.contains(tensor.name))
            continue;
        if (!theirs.emplace(name, &tensor).second)
            tensor_error(path, tensor.name, "a second tensor for " + in_quotes(name) + " of the model",
                         "one");
    }
    for (const std::string& other : file.others)
        if (const std::string name = name_of(other); !name.empty())
            names.unexpected.push_back(name);

    struct Step {
        at::Tensor own;
        const StoredTensor* stored; // null: becomes 0
        at::Tensor converted;       // undefined where the types are the same
    };
    std::vector<Step> steps;
    std::string misfits;
    const auto misfit = [&](const std::string& name, const std::string& found, const std::string& expected) {
        misfits +=
            (misfits.empty() ? "" : ", ") + in_quotes(name) + " found " + found + ", expected " + expected;
    };
    for (const auto& [name, tensor] : own) {
        const auto found = theirs.find(name);
        if (found == theirs.end()) {
            if (is_batch_count(name) && !options.partial)
                steps.push_back({tensor, nullptr, {}});
            else
                names.missing.push_back(name);
            continue;
        }
        const StoredTensor& stored = *found->second;
        theirs.erase(found);
        const at::ScalarType type = scalar_type(stored.dtype);
        if (tensor.sizes() != at::IntArrayRef(stored.shape)) {
            misfit(name, text_of(stored.shape), text_of(tensor.sizes()));
        } else if (!convertible(type, tensor.scalar_type(), is_batch_count(name))) {
            misfit(name, stored.dtype, dtype_name(tensor));
        } else if (type == tensor.scalar_type()) {
            steps.push_back({tensor, &stored, {}});
        } else {
            const at::Tensor host = on_host(stored);
            steps.push_back({tensor, &stored, host.to(tensor.scalar_type())});
            if (!kept_by_conversion(host, steps.back().converted))
                misfit(name, stored.dtype + " beyond the range of " + dtype_name(tensor),
                       "numbers inside it");
        }
    }
    for (const auto& [name, stored] : theirs)
        names.unexpected.push_back(name);

    const bool strangers = !options.partial && !(names.missing.empty() && names.unexpected.empty());
    if (strangers || !misfits.empty()) {
        std::string text;
        const auto add = [&](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
        if (!options.partial && !names.missing.empty())
            add("missing: " + name_list(names.missing));
        if (!options.partial && !names.unexpected.empty())
            add("unexpected: " + name_list(names.unexpected));
        if (!misfits.empty())
            add("other shapes or types: " + misfits);
        if (const std::string prefix = prefix_of(names.unexpected, names.missing);
            strangers && !prefix.empty())
            add("all names begin with " + in_quotes(prefix) + ", which drop_prefix drops");
        if (kind == FileKind::network && !misfits.empty())
            add("it is a network of other widths, which load<Net> reads");
        file_error(path, "its tensors are not those of the model, which is unchanged: " + text);
    }
    for (Step& step : steps)
        if (!step.stored)
            step.own.zero_();
        else
            step.own.copy_(step.converted.defined() ? step.converted : on_host(*step.stored));
    return names;
}

PLINY_INLINE void save_state_dict(NamedTensors tensors, const std::filesystem::path& path,
                                  const SaveOptions& options) {
    const std::string ending = path.extension().string();
    if (ending != ".pt" && ending != ".pth" && ending != ".safetensors")
        file_error(path, "found the ending " + in_quotes(ending) + "; expected .pt, .pth or .safetensors");
    for (auto& [name, tensor] : tensors) {
        name = renamed(name, options.renaming, RenamingSide::model);
        if (!name.empty())
            name.insert(0, options.add_prefix);
    }
    std::erase_if(tensors, [](const auto& tensor) { return tensor.first.empty(); });
    const TensorViews views(tensors);
    if (ending == ".safetensors")
        write_safetensors(path, {{"format", "pt"}}, views.views);
    else
        write_pytorch(path, views.views);
}

PLINY_INLINE Renaming names_in_order(const NamedTensors& own, const std::filesystem::path& path,
                                     const std::string& key) {
    std::vector<TensorShape> shapes;
    for (const auto& [name, tensor] : own)
        shapes.push_back({name, tensor.sizes().vec()});
    return paired_layers(read_weights_file(path, key), shapes);
}
} // namespace detail
} // namespace pliny
