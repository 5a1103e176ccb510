// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/exported.hpp>
#include <pliny/deploy/file_kind.hpp>
#include <pliny/deploy/tensor_views.hpp>
#include <pliny/graph/spelling.hpp>
#include <pliny/meta/compiled.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/methods/mps.hpp>
#include <pliny/nn/model.hpp>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pliny {
namespace detail {

/// Channels of groups, and what must be true of those of each.
struct GroupFacts {
    std::int64_t width = 0;
    bool frozen = false;
};

/// `[[0,1],[3]]`: which channels of every group survive.
PLINY_INLINE std::string kept_text(std::span<const std::vector<std::int64_t>> kept);

/// The metadata of a network's file; `found`: as a type without choices.
PLINY_INLINE SafetensorsMetadata network_metadata(std::string network, const std::string& found,
                                                  std::span<const std::vector<std::int64_t>> kept,
                                                  std::span<const int> chosen, bool folded);

/// `["alpha","settled"]`: what the file of a search model has beside weights.
PLINY_INLINE std::string states_text(const std::vector<std::string>& names);

PLINY_INLINE const std::string& metadata_entry(const SafetensorsFile& file, std::string_view key);

/// Reads the surviving channels that the metadata claims into `kept`, checked against the groups; and the
/// path, checked against the numbers of alternatives.
PLINY_INLINE void parse_kept(const SafetensorsFile& file, std::span<const GroupFacts> groups,
                             std::span<std::vector<std::int64_t>> kept);
/// A path for the metadata of its file, and read from there; FileError.
PLINY_INLINE std::string chosen_text(std::span<const int> chosen);
PLINY_INLINE void parse_chosen(const SafetensorsFile& file, std::span<const int> alternatives,
                               std::span<int> chosen);

/// Fills the tensors of a module from a file that must hold exactly those, with the same shapes; the module
/// takes on the precision of the file.
PLINY_INLINE void fill(const torch::nn::Module& model, const SafetensorsFile& file);

/// Writes all parameters and buffers of a module.
PLINY_INLINE void save_module(const torch::nn::Module& model, const std::filesystem::path& path,
                              const SafetensorsMetadata& metadata);

/// The file of a network; `found`: as a type without choices. `searched`: its channels and path are in it, as
/// the network that was searched is asked for; otherwise the found one is.
struct NetworkFile {
    SafetensorsFile file;
    std::string found;
    bool searched = false, folded = false;
};
/// FileError where it holds another network than `asked`.
PLINY_INLINE NetworkFile read_network_file(const std::filesystem::path& path, const std::string& asked);

/// FileError unless the network that metadata describe is the one that they name.
PLINY_INLINE void check_found(const NetworkFile& read, const std::string& described, bool has_choices);

/// Reads a search model of the network `asked`; nothing is changed where the file is another's.
PLINY_INLINE void load_search(const torch::nn::Module& model, const ModuleStates& states,
                              const std::filesystem::path& path, const std::string& asked);

template <class Net>
typename Exported<Net>::Kept parse_kept(const SafetensorsFile& file) {
    typename Exported<Net>::Kept kept;
    std::vector<GroupFacts> groups;
    for (std::size_t g = 0; g < kept.size(); ++g)
        groups.push_back({plan<Net>.groups[g].width, plan<Net>.groups[g].frozen});
    parse_kept(file, groups, kept);
    return kept;
}
template <class Net>
typename Exported<Net>::Chosen parse_chosen(const SafetensorsFile& file) {
    typename Exported<Net>::Chosen chosen{};
    if constexpr (std::tuple_size_v < decltype(chosen) >> 0) {
        std::vector<int> alternatives;
        for (std::size_t c = 0; c < chosen.size(); ++c)
            alternatives.push_back(plan<Net>[plan<Net>.choices[c]].inputs);
        parse_chosen(file, alternatives, chosen);
    }
    return chosen;
}

} // namespace detail

/// Writes weights and architecture to a safetensors file: beside, then renamed; FileError names what failed.
template <class Net>
void save(const Exported<Net>& model, const std::filesystem::path& path) {
    detail::save_module(model, path,
                        detail::network_metadata(spelled_network<Net>(), spelled_found(model), model.kept(),
                                                 model.chosen(), model.folded()));
}
template <DescribedNetwork Net>
void save(const Model<Net>& model, const std::filesystem::path& path) {
    detail::save_module(model, path,
                        detail::network_metadata(spelled_network<Net>(), spelled_network<Net>(),
                                                 FoundNetwork<Net>::all().kept, {}, false));
}

/// Reads what save wrote. `Net` is the network that was searched, or the found one as a type with static
/// widths. FileError where the file is truncated, altered, or holds another network.
template <DescribedNetwork Net>
Exported<Net> load(const std::filesystem::path& path) {
    const detail::NetworkFile read = detail::read_network_file(path, spelled_network<Net>());
    Exported<Net> model(
        read.searched
            ? FoundNetwork<Net>{detail::parse_kept<Net>(read.file), detail::parse_chosen<Net>(read.file), {}}
            : FoundNetwork<Net>::all());
    if (read.searched)
        detail::check_found(read, spelled_found(model), !model.chosen().empty());
    if (read.folded)
        model.fold_batch_norm();
    detail::fill(model, read.file);
    model.transform_weights(); // those of a Model<Net> are as it learns them
    return model;
}

/// Writes all weights of a search model, of every alternative, and its architecture parameters.
template <SearchDescription Search>
void save(const Model<Search>& model, const std::filesystem::path& path) {
    detail::save_module(model, path,
                        {{"format", "pt"},
                         {"pliny.search_of", spelled_network<typename Search::network>()},
                         {"pliny.states", detail::states_text(model.states().names())}});
}
/// Reads what save wrote of a search model into one of the same network, which may choose in another way;
/// FileError otherwise.
template <SearchDescription Search>
void load_into(Model<Search>& model, const std::filesystem::path& path) {
    detail::load_search(model, model.states(), path, spelled_network<typename Search::network>());
}

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/deploy/definitions/model_file.hpp>
#endif
