// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/exported.hpp>
#include <pliny/deploy/file_kind.hpp>
#include <pliny/deploy/tensor_views.hpp>
#include <pliny/graph/spelling.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/methods/mps.hpp>
#include <pliny/nn/model.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace pliny {
namespace detail {

/// `[[0,1],[3]]`: which channels of every group survive.
template <class Kept>
std::string kept_text(const Kept& kept) {
    return nlohmann::json(kept).dump();
}

/// The metadata of a network's file; `found`: as a type without choices.
template <class Net>
SafetensorsMetadata network_metadata(const std::string& found, const typename Exported<Net>::Kept& kept,
                                     const typename Exported<Net>::Chosen& chosen, bool folded) {
    SafetensorsMetadata metadata{{"format", "pt"},
                                 {"pliny.network", spelled_network<Net>()},
                                 {"pliny.found", found},
                                 {"pliny.kept", kept_text(kept)},
                                 {"pliny.folded", folded ? "yes" : "no"}};
    if (!chosen.empty())
        metadata["pliny.chosen"] = nlohmann::json(chosen).dump();
    return metadata;
}

inline const std::string& metadata_entry(const SafetensorsFile& file, std::string_view key) {
    const auto found = file.metadata.find(key);
    if (found == file.metadata.end())
        file_error(file.path, "found no entry " + std::string(key) +
                                  " in its metadata; expected a file written by pliny's save");
    return found->second;
}

/// The surviving channels that the metadata claims, checked against the network.
template <class Net>
typename Exported<Net>::Kept parse_kept(const SafetensorsFile& file) {
    const std::string& text = metadata_entry(file, "pliny.kept");
    const auto refuse = [&](const std::string& what) {
        file_error(file.path, "metadata entry pliny.kept: " + what);
    };
    const auto json = nlohmann::json::parse(text, nullptr, false);
    typename Exported<Net>::Kept kept;
    if (!json.is_array() || json.size() != kept.size())
        refuse(joined("expected a list of ", kept.size(), " lists of channels"));
    for (std::size_t g = 0; g < kept.size(); ++g) {
        const Group& group = plan<Net>.groups[g];
        std::int64_t last = -1;
        if (!json[g].is_array())
            refuse(joined("group ", g, ": expected a list of channels"));
        for (const auto& channel : json[g]) {
            if (!channel.is_number_integer() || channel.template get<std::int64_t>() <= last ||
                channel.template get<std::int64_t>() >= group.width)
                refuse(joined("group ", g, ": found channel ", channel.dump(),
                              "; expected ascending numbers below ", group.width));
            last = channel.template get<std::int64_t>();
            kept[g].push_back(last);
        }
        if (kept[g].empty() || (group.frozen && kept[g].size() != static_cast<std::size_t>(group.width)))
            refuse(joined("group ", g, ": found ", kept[g].size(), " channels of ", group.width));
    }
    return kept;
}

/// The path that the metadata claims, checked against the network.
template <class Net>
typename Exported<Net>::Chosen parse_chosen(const SafetensorsFile& file) {
    typename Exported<Net>::Chosen chosen{};
    if constexpr (std::tuple_size_v < decltype(chosen) >> 0) {
        const auto refuse = [&](const std::string& what) {
            file_error(file.path, "metadata entry pliny.chosen: " + what);
        };
        const auto json = nlohmann::json::parse(metadata_entry(file, "pliny.chosen"), nullptr, false);
        if (!json.is_array() || json.size() != chosen.size())
            refuse(joined("expected a list of ", chosen.size(), " numbers"));
        for (std::size_t c = 0; c < chosen.size(); ++c) {
            const int count = plan<Net>[plan<Net>.choices[c]].inputs;
            if (!json[c].is_number_integer() || json[c].template get<std::int64_t>() < 0 ||
                json[c].template get<std::int64_t>() >= count)
                refuse(joined("choice ", c, ": found ", json[c].dump(), "; expected a number below ", count));
            chosen[c] = json[c].template get<int>();
        }
    }
    return chosen;
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

/// Fills the tensors of a module from a file that must hold exactly those, with the same shapes; the module
/// takes on the precision of the file.
inline void fill(const torch::nn::Module& model, const SafetensorsFile& file) {
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

} // namespace detail

/// Writes weights and architecture to a safetensors file: beside, then renamed; FileError names what failed.
template <class Net>
void save(const Exported<Net>& model, const std::filesystem::path& path) {
    write_safetensors(
        path,
        detail::network_metadata<Net>(spelled_found(model), model.kept(), model.chosen(), model.folded()),
        detail::TensorViews(detail::named_tensors(model)).views);
}
template <DescribedNetwork Net>
void save(const Model<Net>& model, const std::filesystem::path& path) {
    write_safetensors(
        path, detail::network_metadata<Net>(spelled_network<Net>(), Exported<Net>::all_channels(), {}, false),
        detail::TensorViews(detail::named_tensors(model)).views);
}

/// Reads what save wrote. `Net` is the network that was searched, or the found one as a type with static
/// widths. FileError where the file is truncated, altered, or holds another network.
template <DescribedNetwork Net>
Exported<Net> load(const std::filesystem::path& path) {
    const SafetensorsFile file = detail::read_kind(path, detail::FileKind::network);
    const std::string& network = detail::metadata_entry(file, "pliny.network");
    const std::string& found = detail::metadata_entry(file, "pliny.found");
    const std::string asked = spelled_network<Net>();
    if (asked != network && asked != found)
        detail::file_error(path, "found the network " + network + "; expected " + asked);
    Exported<Net> model = asked == network
                              ? Exported<Net>(detail::parse_kept<Net>(file), detail::parse_chosen<Net>(file))
                              : Exported<Net>(Exported<Net>::all_channels());
    if (asked == network && spelled_found(model) != found)
        detail::file_error(path, joined("metadata entries pliny.kept",
                                        model.chosen().empty() ? "" : ", pliny.chosen",
                                        " and pliny.found contradict each other"));
    const std::string& folded = detail::metadata_entry(file, "pliny.folded");
    if (folded != "yes" && folded != "no")
        detail::file_error(path, "metadata entry pliny.folded: found " + detail::in_quotes(folded) +
                                     "; expected yes or no");
    if (folded == "yes")
        model.fold_batch_norm();
    detail::fill(model, file);
    return model;
}

/// Writes all weights of a search model, of every alternative, and its architecture parameters.
template <AnySearchDescription Search>
void save(const Model<Search>& model, const std::filesystem::path& path) {
    write_safetensors(path,
                      {{"format", "pt"}, {"pliny.search_of", spelled_network<typename Search::network>()}},
                      detail::TensorViews(detail::named_tensors(model)).views);
}
/// Reads what save wrote of a search model into one of the same network, which may choose in another way;
/// FileError otherwise.
template <AnySearchDescription Search>
void load_into(Model<Search>& model, const std::filesystem::path& path) {
    const SafetensorsFile file = detail::read_kind(path, detail::FileKind::search_model);
    const std::string& network = detail::metadata_entry(file, "pliny.search_of");
    if (const std::string asked = spelled_network<typename Search::network>(); asked != network)
        detail::file_error(path, "found a search model of the network " + network + "; expected " + asked);
    const auto optional = [](const std::string& name) {
        return detail::is_search_state(name) && name != "alpha" && !name.starts_with("log_");
    };
    detail::NamedTensors own = detail::named_tensors(model);
    std::erase_if(own, [&](const auto& item) { return optional(item.first) && !file.find(item.first); });
    for (const auto& [name, tensor] : own) // all are checked before the first is changed
        detail::check_tensor(file, name, tensor);
    for (const auto& [name, tensor] : own)
        detail::read_tensor(file, name, tensor);
}

} // namespace pliny
