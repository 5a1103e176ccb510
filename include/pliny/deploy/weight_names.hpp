// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pliny/deploy/weights_file.hpp>
#include <pliny/meta/text.hpp>

namespace pliny {

/// Pairs of a name in the file and the name in the model: of a tensor ("conv1.weight", "stem.0.weight") or of
/// all tensors below a path ("conv1", "stem.0"). The longest that fits is used. An empty name in the model
/// leaves tensors of the file out.
using Renaming = std::vector<std::pair<std::string, std::string>>;

namespace detail {

enum class RenamingSide { file, model };

/// A name as it is after renaming; `from` is the side that it comes from. A name that no pair fits stays.
inline std::string renamed(const std::string& name, const Renaming& renaming, RenamingSide from) {
    const std::pair<std::string, std::string>* best = nullptr;
    const auto side = [&](const auto& pair) -> const std::string& {
        return from == RenamingSide::file ? pair.first : pair.second;
    };
    for (const auto& pair : renaming) {
        const std::string& start = side(pair);
        if (!start.empty() && name.starts_with(start) &&
            (name.size() == start.size() || name[start.size()] == '.') &&
            (!best || start.size() > side(*best).size()))
            best = &pair;
    }
    if (!best)
        return name;
    const std::string& to = from == RenamingSide::file ? best->second : best->first;
    return to.empty() ? std::string() : to + name.substr(side(*best).size());
}

/// A tensor without its numbers.
struct TensorShape {
    std::string name;
    std::vector<std::int64_t> shape;
};

/// The tensors of a layer: those of one path, which ends before the last dot.
struct LayerShapes {
    std::string path;
    std::vector<TensorShape> tensors; // names without the path

    std::string text() const {
        std::string list;
        for (const TensorShape& tensor : tensors) {
            list += (list.empty() ? "" : ", ") + tensor.name + " [";
            for (std::size_t i = 0; i < tensor.shape.size(); ++i)
                list += (i ? ", " : "") + std::to_string(tensor.shape[i]);
            list += "]";
        }
        return in_quotes(path) + " with " + list;
    }
};

/// Whether a tensor counts the batches that a batch norm has seen: old files lack it.
inline bool is_batch_count(std::string_view name) {
    return name == "num_batches_tracked" || name.ends_with(".num_batches_tracked");
}

/// The layers in the order of their first tensors; counts of batches are left out.
inline std::vector<LayerShapes> layers_of(std::span<const TensorShape> tensors) {
    std::vector<LayerShapes> layers;
    std::map<std::string, std::size_t> places;
    for (const TensorShape& tensor : tensors) {
        if (is_batch_count(tensor.name))
            continue;
        const auto dot = tensor.name.rfind('.');
        const std::string path = dot == tensor.name.npos ? std::string() : tensor.name.substr(0, dot);
        const auto [place, is_new] = places.try_emplace(path, layers.size());
        if (is_new)
            layers.push_back({path, {}});
        layers[place->second].tensors.push_back({tensor.name.substr(dot + 1), tensor.shape}); // npos + 1 is 0
    }
    for (LayerShapes& layer : layers)
        std::sort(layer.tensors.begin(), layer.tensors.end(),
                  [](const TensorShape& a, const TensorShape& b) { return a.name < b.name; });
    return layers;
}

/// Pairs the layers of a file with those of a model, one after another; they must have the same tensors.
inline Renaming paired_layers(const WeightsFile& file, std::span<const TensorShape> own) {
    if (file.format == WeightsFile::Format::safetensors)
        file_error(file.path, "found a safetensors file, which does not keep the order of layers; expected a "
                              "file that torch.save wrote, or a renaming");
    std::vector<TensorShape> stored;
    for (const StoredTensor& tensor : file.tensors)
        stored.push_back({tensor.name, tensor.shape});
    const auto theirs = layers_of(stored), ours = layers_of(own);
    Renaming renaming;
    for (std::size_t i = 0; i < std::max(theirs.size(), ours.size()); ++i) {
        const std::string number = "layer " + std::to_string(i + 1) + ": found ";
        if (i >= theirs.size() || i >= ours.size())
            file_error(file.path, number + (i < theirs.size() ? theirs[i].text() : "none") + "; expected " +
                                      (i < ours.size() ? ours[i].text() : "none"));
        const auto same = [](const TensorShape& a, const TensorShape& b) {
            return a.name == b.name && a.shape == b.shape;
        };
        if (!std::equal(theirs[i].tensors.begin(), theirs[i].tensors.end(), ours[i].tensors.begin(),
                        ours[i].tensors.end(), same))
            file_error(file.path, number + theirs[i].text() + "; expected " + ours[i].text());
        if (!theirs[i].path.empty() && !ours[i].path.empty()) {
            renaming.emplace_back(theirs[i].path, ours[i].path);
            continue;
        }
        const auto full = [](const LayerShapes& layer, const std::string& name) {
            return layer.path.empty() ? name : layer.path + "." + name;
        };
        for (const TensorShape& tensor : ours[i].tensors)
            renaming.emplace_back(full(theirs[i], tensor.name), full(ours[i], tensor.name));
        renaming.emplace_back(full(theirs[i], "num_batches_tracked"), full(ours[i], "num_batches_tracked"));
    }
    return renaming;
}

} // namespace detail
} // namespace pliny
