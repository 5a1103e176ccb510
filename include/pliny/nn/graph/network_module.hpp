// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/paths.hpp>
#include <pliny/meta/compiled.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/nn/autograd/alphas.hpp>
#include <pliny/nn/copy_of.hpp>
#include <pliny/nn/graph/join.hpp>
#include <pliny/nn/graph/layer_modes.hpp>
#include <pliny/nn/graph/model_input.hpp>
#include <pliny/nn/graph/module_states.hpp>
#include <pliny/nn/graph/nonfinite_layer.hpp>
#include <pliny/nn/graph/transformed_weights.hpp>
#include <pliny/nn/layers/runtimes.hpp>
#include <pliny/nn/model_error.hpp>

#include <torch/nn/module.h>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pliny {

namespace detail {

/// Whether the tensor that a row reads may be overwritten by it: nobody else reads it, and its maker does not
/// need it in backward. (A Choice may give what its alternatives only pass on.)
template <class AnyPlan>
constexpr bool can_overwrite_input(const AnyPlan& plan, int row) {
    const int input = plan.input(row);
    return plan.only_reader(input) && plan[input].facts.traits.output_unread;
}

/// Copies the weights and statistics of a module that has all those of another, see NetworkModule.
PLINY_INLINE void copy_weights(const torch::nn::Module& source, torch::nn::Module& module,
                               const ModuleStates& states);

} // namespace detail

/// A network as a torch::nn::Module: its tensors under PyTorch's parameter names and the walk over its plan,
/// unrolled by the compiler. Model<Net>, Model<Pit<Net, ...>> and Exported<Net> are made of it; `widths[g]`
/// channels of group g exist.
template <class Net>
class NetworkModule : public torch::nn::Module {
public:
    static constexpr const auto& graph = plan<Net>;
    static constexpr std::size_t rows = static_cast<std::size_t>(graph.size());
    static constexpr std::size_t groups = std::tuple_size_v<decltype(graph.groups)>;
    using Widths = std::array<std::int64_t, groups>;
    using PlanType = std::remove_cvref_t<decltype(graph)>;
    using Running = RunningOf<PlanType>; // which alternatives of choices run
    using Chosen = ChosenOf<PlanType>;

    NetworkModule(const NetworkModule&) = delete; // it would share its tensors: copy_of(model) does not
    NetworkModule(NetworkModule&&) = default;
    NetworkModule& operator=(const NetworkModule&) = delete;
    NetworkModule& operator=(NetworkModule&&) = default;

    /// Copies all weights and statistics from a module with the same names and shapes (a plain model into a
    /// search model, say). Other names there are ignored; if a tensor is missing or has another shape,
    /// ModelError names it and nothing is changed.
    void load_weights(const torch::nn::Module& source) { detail::copy_weights(source, *this, states_); }

    /// What methods keep beside the weights.
    const ModuleStates& states() const { return states_; }
    /// As torch::nn::Module; the type is that of weights. States keep theirs, see ModuleStates.
    void to(at::Device device, at::ScalarType type, bool non_blocking = false) override {
        states_.keep(*this, type, [&] { torch::nn::Module::to(device, type, non_blocking); });
    }
    void to(at::ScalarType type, bool non_blocking = false) override {
        states_.keep(*this, type, [&] { torch::nn::Module::to(type, non_blocking); });
    }
    using torch::nn::Module::to; // to a device alone

    /// What is told of every output while set: for diagnosis, not for training.
    NonFiniteWatch* watch = nullptr;

protected:
    /// Makes the tensors of all rows, or of those that run.
    explicit NetworkModule(const Widths& widths, Start start = Start::Random,
                           const Running& running = all_run()) {
        for (int r = 1; r < graph.size(); ++r)
            if (runs(r, running)) {
                tensors[static_cast<std::size_t>(r)] = detail::make_tensors(
                    *this, graph[r], channels(graph.input(r), widths), channels(r, widths), start, Net::init);
                if (graph[r].facts.traits.has_mode)
                    modes.find(*this, graph[r].path.view(), static_cast<std::size_t>(r));
            }
    }

    /// A copy, see copy_of.
    NetworkModule(const NetworkModule& other, detail::TensorCopies& copies) : states_(other.states_) {
        detail::copy_modules(other, *this, copies);
        for (std::size_t r = 0; r < rows; ++r) {
            const LayerTensors& own = other.tensors[r];
            tensors[r] = {copies(own.weight), copies(own.bias), copies(own.running_mean),
                          copies(own.running_var), copies(own.num_batches_tracked)};
            if (other.has_mode(r))
                modes.find(*this, graph[static_cast<int>(r)].path.view(), r);
        }
    }

    static constexpr Widths full() { return full_widths<std::int64_t>(graph); }
    static std::int64_t channels(int row, const Widths& widths) {
        std::int64_t sum = 0;
        for (const Segment& segment : graph.channels(row))
            sum += widths[static_cast<std::size_t>(segment.group)] * segment.repeat;
        return sum;
    }

    static constexpr Running all_run() {
        Running all{};
        all.fill(true);
        return all;
    }
    /// False for a row inside an alternative that does not run.
    static constexpr bool runs(int row, const Running& running) { return pliny::runs(graph, row, running); }
    using Values = std::array<at::Tensor, rows>; // what each row gives; undefined where it does not run

    /// For networks without choices.
    struct NoChoice {
        template <int RowNumber>
        at::Tensor operator()(std::integral_constant<int, RowNumber>, const Values&) const {
            return {};
        }
    };

    /// Runs the network; `apply(row, x, in_place)` runs a row on its input, or on what its join has made of
    /// several, and `choose(row, values)` joins the alternatives of a Choice, where `row` is an integral
    /// constant.
    template <class Apply, class Choose>
    at::Tensor run(const at::Tensor& input, const Running& running, const Apply& apply,
                   const Choose& choose) {
        check_input(input);
        Values values;
        values[0] = input;
        [&]<int... RowNumber>(std::integer_sequence<int, RowNumber...>) {
            // No fold: clang nests those, at most 256 deep.
            [[maybe_unused]] const int ran[] = {
                0, (run_row<RowNumber + 1>(values, running, apply, choose, watch), 0)...};
        }
        (std::make_integer_sequence<int, static_cast<int>(rows) - 1>{});
        return std::move(values.back());
    }

    /// What the one alternative gives that runs.
    template <int RowNumber>
    static at::Tensor sole_alternative(const Values& values, const Running& running) {
        for (const Alternative& one : graph.alternatives_of(RowNumber))
            if (running[static_cast<std::size_t>(graph[RowNumber].first_alternative + one.number)])
                return values[static_cast<std::size_t>(one.output)];
        return {};
    }

    /// Runs the network with the module's own weights and biases; one alternative of each choice runs.
    /// `Found`: weights are as a transform has made them already.
    template <bool Found = true>
    at::Tensor run_own(const at::Tensor& input, const Running& running = all_run()) {
        return run(
            input, running,
            [this]<int RowNumber>(std::integral_constant<int, RowNumber>, const at::Tensor& x,
                                  bool in_place) {
                return forward_own<RowNumber>(
                    x, detail::own_weight<Net, RowNumber, Found>(tensors[RowNumber].weight),
                    tensors[RowNumber].bias, in_place);
            },
            [&]<int RowNumber>(std::integral_constant<int, RowNumber>, const Values& values) {
                return sole_alternative<RowNumber>(values, running);
            });
    }

    /// Runs that row with the given weight, rows first, and bias.
    template <int RowNumber>
    at::Tensor forward_own(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                           bool in_place) {
        if constexpr (graph[RowNumber].inputs > 1) // of a join, which has run
            return x;
        else
            return [&](const at::Tensor& ordered) {
                return detail::RuntimeOfRow<Net, RowNumber>::forward(
                    {x, ordered, bias, tensors[RowNumber], graph[RowNumber], trains(RowNumber), in_place});
            }(detail::in_order_of_layer(weight, graph[RowNumber].facts.axes));
    }

    bool trains(int row) const { return modes.trains(static_cast<std::size_t>(row), is_training()); }
    /// Whether a norm or dropout trains, be it alone.
    bool any_trains() const {
        for (std::size_t r = 1; r < rows; ++r)
            if (has_mode(r) && modes.trains(r, false))
                return true;
        return is_training();
    }

    /// ModelError unless a tensor can be the input: [N, input shape...], in the type and on the device of the
    /// first layer with weights (a layer of the user's own before that may take another type).
    void check_input(const at::Tensor& x) const {
        const at::Tensor none, &like = own_type ? first_weight() : none;
        if (!detail::fits_input(x, graph[0].out(), like)) [[unlikely]]
            detail::refuse_input(x, graph[0].out(), like);
    }

    /// Registers a state that is learned and begins with these numbers, or numbers that are saved with the
    /// model.
    at::Tensor register_learned_state(const std::string& name, const std::vector<double>& start) {
        states_.add(name);
        return register_parameter(name, detail::write(start, ModuleStates::type()));
    }
    at::Tensor register_state(const std::string& name, std::int64_t size, double value) {
        states_.add(name);
        return register_buffer(name, at::full({size}, value, at::TensorOptions(at::kDouble)));
    }
    /// The type of weights, which all layers share.
    at::ScalarType weight_type() const {
        const at::Tensor& first = first_weight();
        return first.defined() ? first.scalar_type() : at::get_default_dtype_as_scalartype();
    }
    /// The input in the type of the weights, where autocast lets another one in.
    at::Tensor as_weights(const at::Tensor& x) const {
        const at::Tensor& like = first_weight();
        return own_type && like.defined() ? x.to(like.scalar_type()) : x;
    }

    std::array<LayerTensors, rows> tensors;

private:
    ModuleStates states_;
    LayerModes<rows> modes;

    /// Whether a norm or dropout runs, and is not folded into the layer before it.
    bool has_mode(std::size_t r) const {
        const bool norm = graph[static_cast<int>(r)].facts.traits.normalises;
        return modes.known(r) && (!norm || tensors[r].running_mean.defined());
    }
    /// Whether weights are the first to see the input, after layers of the library at most.
    static constexpr bool own_type = [] {
        for (int r = 1; r < graph.size() && !graph[r].has_weights(); ++r)
            if (graph[r].facts.kind == Kind::Custom)
                return false;
        return true;
    }();
    /// The first weight of a layer that there is; undefined where there is none.
    const at::Tensor& first_weight() const {
        for (std::size_t r = 1; r < rows; ++r)
            if (graph[static_cast<int>(r)].has_weights() && tensors[r].weight.defined())
                return tensors[r].weight;
        return tensors[0].weight;
    }

    /// What the join of a row makes of the tensors of its branches.
    template <int RowNumber>
    static at::Tensor joined(const Values& values) {
        constexpr std::span<const int> inputs = graph.inputs(RowNumber);
        std::array<at::Tensor, inputs.size()> tensors;
        for (std::size_t i = 0; i < inputs.size(); ++i)
            tensors[i] = values[static_cast<std::size_t>(inputs[i])];
        return join_tensors<typename ItemAt<RowNumber, typename Net::Rows>::join>(tensors);
    }
    template <int RowNumber, class Apply, class Choose>
    static void run_row(Values& values, const Running& running, const Apply& apply, const Choose& choose,
                        NonFiniteWatch* watch) {
        constexpr std::span<const int> inputs = graph.inputs(RowNumber);
        if (runs(RowNumber, running)) { // known to the compiler outside of choices
            constexpr std::integral_constant<int, RowNumber> row{};
            if constexpr (detail::is_choice(graph[RowNumber]))
                values[RowNumber] = choose(row, values);
            else if constexpr (inputs.size() > 1)
                values[RowNumber] = apply(row, joined<RowNumber>(values), false);
            else
                values[RowNumber] =
                    apply(row, values[inputs[0]], detail::can_overwrite_input(graph, RowNumber));
            if (watch && values[RowNumber].defined()) [[unlikely]]
                watch->see(RowNumber, values[RowNumber]);
        }
        for (int input : inputs)
            if (graph[input].last_use == RowNumber)
                values[static_cast<std::size_t>(input)].reset();
    }
};

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/nn/graph/definitions/network_module.hpp>
#endif
