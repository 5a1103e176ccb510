// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/tensor_views.hpp>
#include <pliny/graph/choices.hpp>
#include <pliny/graph/layer_widths.hpp>
#include <pliny/layers/shape.hpp>
#include <pliny/methods/mps/tables.hpp>
#include <pliny/train/trained_model.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pliny::detail {

/// A network in a phase of an experiment, whatever its type. What the phases do with it is compiled once.
class ExperimentNetwork : public TrainedModel {
public:
    /// What the optimiser of weights moves, and of those the clips and steps of quantizers.
    virtual std::vector<at::Tensor> weights() = 0;
    virtual std::vector<at::Tensor> scales() = 0;
    virtual CostValues costs() = 0;
    virtual NamedTensors weights_by_name() = 0;
    /// Takes the weights of a file that `save` of a network with the same ones has written; FileError,
    /// ModelError.
    virtual void load_weights(const std::filesystem::path& file) = 0;
    virtual void save(const std::filesystem::path& file) = 0;
};

/// A network as it is found: dense, or with bits.
class ExperimentFound : public ExperimentNetwork {
public:
    virtual double parameters() = 0;
    virtual double ops() = 0;
    virtual std::optional<double> weight_bytes() = 0; // where it has bits
    /// Folds batch norm where that makes inference faster; no training afterwards.
    virtual void make_fast() = 0;
    virtual std::vector<LayerWidths> layers() = 0;
    virtual std::vector<ChoiceMade> choices() = 0; // none: there are none
    virtual std::vector<LayerBits> bits() = 0;     // none: in floating point
    /// The layers as a text, for a summary.
    virtual std::string in_words() = 0;
    /// Writes the network as a C++ type, where that can be written.
    virtual void save_header(const std::filesystem::path& file) = 0;
};

/// What settling changed: how many of what, in the order of reports.
using SettledCounts = std::vector<std::pair<std::string, int>>;

/// A search.
class ExperimentSearch : public ExperimentNetwork {
public:
    virtual std::vector<at::Tensor> architecture() = 0;
    virtual void train_both() = 0;
    virtual at::Tensor penalty(const at::Tensor& task_loss, double epoch, double epochs) = 0;
    virtual SettledCounts settle() = 0;
    virtual std::unique_ptr<ExperimentFound> exported() = 0;
};

/// What an experiment trains: a network or a search, as what its type says and how its networks are made.
struct ExperimentSubject {
    std::string network;
    std::string search = {}; // empty: there is nothing to search
    bool has_choices = false;
    Shape input, output;
    std::vector<double> limits = {};
    /// Bytes of the weights of the unpruned network in float32, where bits are searched.
    std::optional<double> weight_bytes = {};

    /// The unpruned network with random weights; where there are choices, the path that costs most.
    std::function<std::unique_ptr<ExperimentFound>()> unpruned = {};
    /// Such a network of a file.
    std::function<std::unique_ptr<ExperimentFound>(const std::filesystem::path&)> load_unpruned = {};
    std::function<std::unique_ptr<ExperimentSearch>()> make_search = {};
    std::function<std::unique_ptr<ExperimentFound>(const std::filesystem::path&)> load_found = {};

    bool searches() const { return !search.empty(); }
};

} // namespace pliny::detail
