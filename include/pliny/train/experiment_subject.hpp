// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/ops.hpp>
#include <pliny/cost/params.hpp>
#include <pliny/cost/params_bit.hpp>
#include <pliny/deploy/found_header.hpp>
#include <pliny/deploy/model_file.hpp>
#include <pliny/deploy/named_weights.hpp>
#include <pliny/deploy/quantized_file.hpp>
#include <pliny/meta/type_name.hpp>
#include <pliny/methods/search_space.hpp>
#include <pliny/train/experiment_network.hpp>

#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace pliny {

/// What a search finds: the network that its model exports, and how the file of that is read.
template <class Search>
struct FoundBy {
    using type = Exported<typename Search::network>;
    static type load(const std::filesystem::path& file) {
        return pliny::load<typename Search::network>(file);
    }
};
template <BitSearchDescription Search>
struct FoundBy<Search> {
    using quantizer = typename Search::bit_space::quantizer;
    using type = Quantized<typename Search::network, quantizer>;
    static type load(const std::filesystem::path& file) {
        return load_quantized<typename Search::network, quantizer>(file);
    }
};

namespace detail {

/// Whether a cost is another one with other bits of weights.
template <class Net, auto Metric>
inline constexpr bool counts_bits = [] {
    for (int r = 1; r < plan<Net>.size(); ++r)
        if (const Row& row = plan<Net>[r]; row.has_weights()) {
            const LayerCall<double> call{row.facts, static_cast<double>(row.in.channels()),
                                         static_cast<double>(row.out().channels())};
            LayerCall<double> fewer = call;
            fewer.weight_bits = 4;
            if (Metric(call) != Metric(fewer))
                return true;
        }
    return false;
}();

template <class ModelType>
inline constexpr bool is_floating_network = false;
template <class Net>
inline constexpr bool is_floating_network<Model<Net>> = DescribedNetwork<Net>;
template <class Net>
inline constexpr bool is_floating_network<Exported<Net>> = true;

/// `cost<C>()` of a model, for all costs of a list; a network in floating point has none in bits.
template <class ModelType, auto... Metrics>
CostValues cost_values(const ModelType& model, Cost<Metrics...>) {
    CostValues values;
    [[maybe_unused]] const auto add = [&]<auto Metric>() {
        if constexpr (!(is_floating_network<ModelType> && counts_bits<typename ModelType::network, Metric>))
            values.emplace_back(std::remove_cvref_t<decltype(Metric)>::name, model.template cost<Metric>());
    };
    (add.template operator()<Metrics>(), ...);
    return values;
}

/// The path of a network that costs most, by the first of some costs.
template <class Net, class Costs>
constexpr PathOf<Net> largest_path() {
    const auto widths = full_widths<double>(plan<Net>);
    return path_extremes(plan<Net>,
                         [&](int row) {
                             return plan<Net>[row].has_weights()
                                        ? static_cast<double>(row_cost(cost_at<0, Costs>, plan<Net>, row,
                                                                       std::span<const double>(widths)))
                                        : 0;
                         })
        .largest_path;
}

/// What settling changed, of what a search searches.
template <class Search>
SettledCounts counts_of(const Settled& settled) {
    SettledCounts counts;
    if (!Search::quantizes || Search::prunes)
        counts = {{"removed", settled.removed}, {"restored", settled.restored}};
    if (has_choices<typename Search::network>())
        counts.emplace_back("rechosen", settled.rechosen);
    if (Search::quantizes)
        counts.insert(counts.end(), {{"lowered", settled.lowered}, {"raised", settled.raised}});
    return counts;
}

/// Clips of activations and learned steps of weights, where a model has them.
template <class ModelType>
std::vector<at::Tensor> scales_of(const ModelType& model) {
    std::vector<at::Tensor> scales;
    if constexpr (requires { model.log_clip; })
        for (const at::Tensor& scale : {model.log_clip, model.log_step})
            if (scale.defined() && scale.requires_grad())
                scales.push_back(scale);
    return scales;
}

/// A network with its weights: Exported<Net> or Quantized<Net>.
template <class ModelType, class Costs, class... Hooks>
class FoundAdapter final : public ModelAdapter<ExperimentFound, ModelType, Hooks...> {
    using Base = ModelAdapter<ExperimentFound, ModelType, Hooks...>;
    using Net = typename ModelType::network;
    static constexpr bool has_bits = !is_floating_network<ModelType>;

public:
    using Base::Base;

    std::vector<at::Tensor> weights() override { return this->model.parameters(); }
    std::vector<at::Tensor> scales() override { return scales_of(this->model); }
    CostValues costs() override { return cost_values(this->model, Costs{}); }
    NamedTensors weights_by_name() override { return weights_of(this->model); }
    void load_weights(const std::filesystem::path& file) override {
        if constexpr (!has_bits)
            this->model.load_weights(pliny::load<Net>(file));
    }
    void save(const std::filesystem::path& file) override { pliny::save(this->model, file); }

    double parameters() override { return this->model.template cost<Params>(); }
    double ops() override { return this->model.template cost<Ops>(); }
    std::optional<double> weight_bytes() override {
        if constexpr (has_bits)
            return this->model.template cost<ParamsBit>() / 8;
        else
            return {};
    }
    void make_fast() override {
        if constexpr (requires { this->model.fold_batch_norm(); })
            this->model.fold_batch_norm();
    }
    std::vector<LayerWidths> layers() override {
        const auto widths = this->model.widths();
        return layer_widths<Net>(widths, this->model.chosen());
    }
    std::vector<ChoiceMade> choices() override {
        if constexpr (has_choices<Net>())
            return choices_made<Net>(this->model.chosen());
        else
            return {};
    }
    std::vector<LayerBits> bits() override {
        if constexpr (has_bits)
            return this->model.layers();
        else
            return {};
    }
    std::string in_words() override {
        if constexpr (has_bits) {
            return this->model.chosen().empty()
                       ? this->model.summary()
                       : choices_table<Net>(this->model.chosen()) + "\n" + this->model.summary();
        } else {
            const std::string widths = widths_table<Net>(this->model.widths(), this->model.chosen());
            return this->model.chosen().empty() ? widths
                                                : choices_table<Net>(this->model.chosen()) + "\n" + widths;
        }
    }
    void save_header([[maybe_unused]] const std::filesystem::path& file) override {
        if constexpr (!has_bits)
            save_found_header(this->model, "Found", file);
    }
};

/// The model of a search.
template <class Search, class... Hooks>
class SearchAdapter final : public ModelAdapter<ExperimentSearch, Model<Search>, Hooks...> {
    using Base = ModelAdapter<ExperimentSearch, Model<Search>, Hooks...>;
    using Net = typename Search::network;
    using Costs = typename Search::costs;

public:
    using Base::Base;

    std::vector<at::Tensor> weights() override { return this->model.weights(); }
    std::vector<at::Tensor> scales() override { return scales_of(this->model); }
    CostValues costs() override { return cost_values(this->model, Costs{}); }
    NamedTensors weights_by_name() override { return weights_of(this->model); }
    void load_weights(const std::filesystem::path& file) override {
        if constexpr (has_choices<Net>())
            load_into(this->model, file);
        else
            this->model.load_weights(pliny::load<Net>(file));
    }
    void save(const std::filesystem::path& file) override { pliny::save(this->model, file); }

    std::vector<at::Tensor> architecture() override { return this->model.architecture(); }
    void train_both() override { this->model.train_both(); }
    at::Tensor penalty(const at::Tensor& task_loss, double epoch, double epochs) override {
        return this->model.penalty(task_loss, epoch, epochs);
    }
    SettledCounts settle() override { return counts_of<Search>(this->model.settle()); }
    std::unique_ptr<ExperimentFound> exported() override {
        return std::make_unique<FoundAdapter<typename FoundBy<Search>::type, Costs, Hooks...>>(
            this->hooks, [this] { return this->model.exported(); });
    }
};

/// What a program trains and what that costs: a network, or what a search has for one.
template <class Subject>
struct SubjectOf {
    using network = typename Subject::network;
    using costs = typename Subject::costs;
};
template <DescribedNetwork Net>
struct SubjectOf<Net> {
    using network = Net;
    using costs = Cost<Params, Ops>;
};

/// The subject of an experiment as its type says it; the hooks must outlive it.
template <class Subject, class... Hooks>
ExperimentSubject subject_of(std::tuple<Hooks...>& hooks) {
    using Net = typename SubjectOf<Subject>::network;
    using Costs = typename SubjectOf<Subject>::costs;
    using Unpruned = FoundAdapter<Exported<Net>, Costs, Hooks...>;
    ExperimentSubject subject{.network = std::string(type_name<Net>()),
                              .has_choices = has_choices<Net>(),
                              .input = Net::input_type::shape,
                              .output = output_shape<Net>};
    subject.unpruned = [&hooks] {
        return std::make_unique<Unpruned>(hooks, [] {
            if constexpr (has_choices<Net>())
                return Exported<Net>(largest_path<Net, Costs>());
            else
                return Exported<Net>(FoundNetwork<Net>::all());
        });
    };
    subject.load_unpruned = [&hooks](const std::filesystem::path& file) {
        return std::make_unique<Unpruned>(hooks, [&] { return load<Net>(file); });
    };
    if constexpr (!DescribedNetwork<Subject>) {
        using Found = FoundAdapter<typename FoundBy<Subject>::type, Costs, Hooks...>;
        subject.search = spelled_type<Subject>();
        subject.limits.assign(Subject::limits.begin(), Subject::limits.end());
        if constexpr (BitSearchDescription<Subject> && !has_choices<Net>())
            subject.weight_bytes =
                static_cast<double>(cost_of<Net, ParamsBit>) / 8 * 4; // that counts 8 bits each
        subject.make_search = [&hooks] {
            return std::make_unique<SearchAdapter<Subject, Hooks...>>(hooks, [] { return Model<Subject>(); });
        };
        subject.load_found = [&hooks](const std::filesystem::path& file) {
            return std::make_unique<Found>(hooks, [&] { return FoundBy<Subject>::load(file); });
        };
    }
    return subject;
}

} // namespace detail
} // namespace pliny
