// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/model_file.hpp>

#include <nlohmann/json.hpp>

#include <utility>

namespace pliny::detail {

PLINY_INLINE std::string kept_text(std::span<const std::vector<std::int64_t>> kept) {
    auto json = nlohmann::json::array();
    for (const auto& channels : kept)
        json.push_back(channels);
    return json.dump();
}

PLINY_INLINE std::string states_text(const std::vector<std::string>& names) {
    return nlohmann::json(names).dump();
}

PLINY_INLINE SafetensorsMetadata network_metadata(std::string network, const std::string& found,
                                                  std::span<const std::vector<std::int64_t>> kept,
                                                  std::span<const int> chosen, bool folded) {
    SafetensorsMetadata metadata{{"format", "pt"},
                                 {"pliny.network", std::move(network)},
                                 {"pliny.found", found},
                                 {"pliny.kept", kept_text(kept)},
                                 {"pliny.folded", folded ? "yes" : "no"}};
    if (!chosen.empty())
        metadata["pliny.chosen"] = chosen_text(chosen);
    return metadata;
}

PLINY_INLINE const std::string& metadata_entry(const SafetensorsFile& file, std::string_view key) {
    const auto found = file.metadata.find(key);
    if (found == file.metadata.end())
        file_error(file.path, "found no entry " + std::string(key) +
                                  " in its metadata; expected a file written by pliny's save");
    return found->second;
}

PLINY_INLINE void parse_kept(const SafetensorsFile& file, std::span<const GroupFacts> groups,
                             std::span<std::vector<std::int64_t>> kept) {
    const std::string& text = metadata_entry(file, "pliny.kept");
    const auto refuse = [&](const std::string& what) {
        file_error(file.path, "metadata entry pliny.kept: " + what);
    };
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_array() || json.size() != kept.size())
        refuse(joined("expected a list of ", kept.size(), " lists of channels"));
    for (std::size_t g = 0; g < kept.size(); ++g) {
        const GroupFacts& group = groups[g];
        std::int64_t last = -1;
        if (!json[g].is_array())
            refuse(joined("group ", g, ": expected a list of channels"));
        for (const auto& channel : json[g]) {
            if (!channel.is_number_integer() || channel.get<std::int64_t>() <= last ||
                channel.get<std::int64_t>() >= group.width)
                refuse(joined("group ", g, ": found channel ", channel.dump(),
                              "; expected ascending numbers below ", group.width));
            last = channel.get<std::int64_t>();
            kept[g].push_back(last);
        }
        if (kept[g].empty() || (group.frozen && kept[g].size() != static_cast<std::size_t>(group.width)))
            refuse(joined("group ", g, ": found ", kept[g].size(), " channels of ", group.width));
    }
}

PLINY_INLINE std::string chosen_text(std::span<const int> chosen) {
    return nlohmann::json(std::vector<int>(chosen.begin(), chosen.end())).dump();
}
PLINY_INLINE void parse_chosen(const SafetensorsFile& file, std::span<const int> alternatives,
                               std::span<int> chosen) {
    const auto refuse = [&](const std::string& what) {
        file_error(file.path, "metadata entry pliny.chosen: " + what);
    };
    const auto json = nlohmann::json::parse(metadata_entry(file, "pliny.chosen"), nullptr, false);
    if (!json.is_array() || json.size() != chosen.size())
        refuse(joined("expected a list of ", chosen.size(), " numbers"));
    for (std::size_t c = 0; c < chosen.size(); ++c) {
        if (!json[c].is_number_integer() || json[c].get<std::int64_t>() < 0 ||
            json[c].get<std::int64_t>() >= alternatives[c])
            refuse(joined("choice ", c, ": found ", json[c].dump(), "; expected a number below ",
                          alternatives[c]));
        chosen[c] = json[c].get<int>();
    }
}

/// The type of the real numbers in a file, told by the first of the tensors; float32 if that is none.
inline at::ScalarType real_type(const SafetensorsFile& file,
                                const std::vector<std::pair<std::string, at::Tensor>>& tensors) {
    for (const auto& [name, tensor] : tensors)
        if (tensor.is_floating_point()) {
            const std::string& found = file.at(name).dtype;
            return found == "F64"    ? at::kDouble
                   : found == "F16"  ? at::kHalf
                   : found == "BF16" ? at::kBFloat16
                                     : at::kFloat;
        }
    return at::kFloat;
}

PLINY_INLINE void fill(const torch::nn::Module& model, const SafetensorsFile& file) {
    const auto own = named_tensors(model);
    if (own.size() != file.tensors.size())
        file_error(file.path, joined("found ", file.tensors.size(), " tensors; expected ", own.size()));
    const at::NoGradGuard no_grad;
    const at::ScalarType real = real_type(file, own);
    for (const auto& [name, tensor] : own) {
        if (tensor.is_floating_point())
            tensor.set_data(tensor.to(real));
        read_tensor(file, name, tensor);
    }
}

PLINY_INLINE void save_module(const torch::nn::Module& model, const std::filesystem::path& path,
                              const SafetensorsMetadata& metadata) {
    write_safetensors(path, metadata, TensorViews(named_tensors(model)).views);
}

PLINY_INLINE NetworkFile read_network_file(const std::filesystem::path& path, const std::string& asked) {
    NetworkFile read{.file = read_kind(path, FileKind::network), .found = {}};
    const std::string& network = metadata_entry(read.file, "pliny.network");
    read.found = metadata_entry(read.file, "pliny.found");
    if (asked != network && asked != read.found)
        file_error(path, "found the network " + network + "; expected " + asked);
    read.searched = asked == network;
    const std::string& folded = metadata_entry(read.file, "pliny.folded");
    if (folded != "yes" && folded != "no")
        file_error(path, "metadata entry pliny.folded: found " + in_quotes(folded) + "; expected yes or no");
    read.folded = folded == "yes";
    return read;
}

PLINY_INLINE void check_found(const NetworkFile& read, const std::string& described, bool has_choices) {
    if (described != read.found)
        file_error(read.file.path, joined("metadata entries pliny.kept", has_choices ? ", pliny.chosen" : "",
                                          " and pliny.found contradict each other"));
}

PLINY_INLINE void load_search(const torch::nn::Module& model, const ModuleStates& states,
                              const std::filesystem::path& path, const std::string& asked) {
    const SafetensorsFile file = read_kind(path, FileKind::search_model);
    const std::string& network = metadata_entry(file, "pliny.search_of");
    if (asked != network)
        file_error(path, "found a search model of the network " + network + "; expected " + asked);
    const auto buffers = model.named_buffers(false);
    const auto optional = [&](const std::string& name) {
        return states.contains(name) && buffers.contains(name);
    };
    NamedTensors own = named_tensors(model);
    std::erase_if(own, [&](const auto& item) { return optional(item.first) && !file.find(item.first); });
    for (const auto& [name, tensor] : own) // all are checked before the first is changed
        check_tensor(file, name, tensor);
    for (const auto& [name, tensor] : own)
        read_tensor(file, name, tensor);
}

} // namespace pliny::detail
