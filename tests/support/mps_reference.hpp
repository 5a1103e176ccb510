// SPDX-License-Identifier: Apache-2.0
#pragma once

// A search for bits by the formulas: every candidate is computed by itself, rounding passes gradients
// straight through, autograd does the rest. Slow, in double. A network says layer by layer what it consists
// of.

#include <pliny/quantizers/grid.hpp>

#include <torch/nn/module.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace pliny::testing {

/// The number `value` with the gradient of x.
inline at::Tensor straight_through(const at::Tensor& value, const at::Tensor& x) {
    return value.detach() + (x - x.detach());
}

struct BitOptions {
    std::vector<int> weights, activations;
    bool per_channel = false, shared_clip = false, hard = false, quantized_input = true,
         learned_steps = false;
    int input_bits = 8;
};
template <class Search>
BitOptions bit_options() {
    using Space = typename Search::bit_space;
    const auto list = [](const auto& bits) { return std::vector<int>(bits.begin(), bits.end()); };
    return {.weights = list(Space::weight_bits),
            .activations = list(Space::activation_bits),
            .per_channel = Space::per_channel,
            .shared_clip = Space::shared_clip,
            .hard = Search::choice_options::sampling::hard,
            .quantized_input = Space::quantizes_input,
            .learned_steps = Space::learned_steps,
            .input_bits = Space::input_bits};
}

/// A tensor of the network, the step of the grid that its values lie on (0: none) and the component that its
/// channels belong to (-1: the input).
struct OnGrid {
    at::Tensor values;
    double step = 0;
    int component = -1;
};

class MpsReference {
public:
    std::map<std::string, at::Tensor> tensors; // parameters, by name, in double, and the states of the search
    /// Layers that share precisions are one component; each of them is a list of groups of channels.
    std::vector<std::vector<int>> components;
    /// Whether a norm that fades is behind the layers that are asked for; then their weights do not.
    bool norm_behind = false;
    /// How far any value is from where its code changes, in steps; of up to 8 bits.
    double margin = std::numeric_limits<double>::infinity();
    /// The same, or from where its gradient does: the ends of a grid, and 0, where a ReLU has none.
    double gradient_margin = std::numeric_limits<double>::infinity();

    MpsReference(const torch::nn::Module& model, BitOptions how, std::vector<std::vector<int>> of)
        : components(std::move(of)), options(std::move(how)) {
        std::int64_t steps = 0; // learned ones stand in the order of the layers
        for (const auto& item : model.named_parameters()) {
            tensors[item.key()] = item.value().detach().to(at::kDouble).clone().requires_grad_(true);
            if (item.value().dim() > 1) {
                first_step[item.key()] = steps;
                steps += item.value().size(0) * steps_each();
            }
        }
        for (const auto& item : model.named_buffers())
            tensors[item.key()] = item.value().detach().to(at::kDouble).clone();
        training = model.is_training();
        discrete = !training || state("settled", 0) > 0;
        temperature = state("temperature", 0);
    }

    OnGrid input(const at::Tensor& x) {
        if (!options.quantized_input)
            return {x};
        const Grid grid = affine_grid(static_cast<float>(state("input_range", 0)),
                                      static_cast<float>(state("input_range", 1)), options.input_bits);
        return {on_grid(x, grid, at::zeros({}, at::kDouble), options.input_bits), double{grid.step}};
    }
    /// With the weights `name`, whose output channels are those from `first` on of a component.
    OnGrid conv(const OnGrid& x, const std::string& name, std::size_t component, int first = 0,
                std::int64_t padding = 0, std::int64_t groups = 1, std::int64_t stride = 1,
                std::int64_t dilation = 1) {
        const auto [weight, bias] = parameters(x, name, component, first);
        return seen(at::conv2d(x.values, weight, bias, stride, padding, dilation, groups), weight);
    }
    OnGrid linear(const OnGrid& x, const std::string& name, std::size_t component) {
        const auto [weight, bias] = parameters(x, name, component, 0);
        return seen(at::linear(x.values, weight, bias), weight);
    }
    /// The batch norm `name` behind a convolution or linear layer; fades with its channels.
    at::Tensor norm(const at::Tensor& x, const std::string& name, std::size_t component) {
        std::vector<at::Tensor> alive;
        for (int c = 0; c < static_cast<int>(x.size(1)); ++c) {
            const auto [lot, kept] = lot_of(component, c);
            const Theta theta = strong_shares(lot, kept);
            alive.push_back(options.weights[0] == 0 ? theta.of.slice(0, 1).sum() : at::ones({}, at::kDouble));
        }
        const at::Tensor fades = at::stack(alive);
        return at::batch_norm(x, tensors[name + ".weight"] * fades, tensors[name + ".bias"] * fades,
                              tensors[name + ".running_mean"], tensors[name + ".running_var"], training, 0.1,
                              1e-5, false);
    }
    /// Quantizer number q, which is that of component q.
    OnGrid activation(const at::Tensor& x, std::size_t q, bool is_signed) {
        const std::size_t n = options.activations.size();
        const Theta theta = shares(first_share_of_activations() + q * n, first_alpha_of_activations() + q * n,
                                   options.activations, false);
        at::Tensor sum = at::zeros_like(x);
        double step = 0;
        for (std::size_t i = 0; i < n; ++i) {
            if (discrete && theta.chosen != static_cast<int>(i))
                continue;
            const std::size_t place = options.shared_clip ? q : q * n + i;
            const at::Tensor log_clip = tensors["log_clip"][static_cast<std::int64_t>(place)];
            const auto clip = static_cast<float>(std::exp(log_clip.item<double>()));
            const int bits = options.activations[i];
            const Grid grid = is_signed ? signed_grid(clip, bits) : unsigned_grid(clip, bits);
            sum = sum + theta.of[static_cast<std::int64_t>(i)] * on_grid(x, grid, log_clip, bits);
            if (theta.chosen == static_cast<int>(i))
                step = double{grid.step};
        }
        return {sum, step, static_cast<int>(q)};
    }
    static OnGrid concat(const OnGrid& a, const OnGrid& b) {
        return {at::cat({a.values, b.values}, 1), std::min(a.step, b.step), a.component};
    }

private:
    BitOptions options;
    bool training, discrete;
    std::map<std::string, std::int64_t> first_step;
    double temperature;

    std::int64_t steps_each() const {
        return static_cast<std::int64_t>(options.weights.size()) - (options.weights[0] == 0);
    }
    double state(const std::string& name, std::int64_t i) const { return tensors.at(name)[i].item<double>(); }

    std::size_t lots_before(std::size_t component) const {
        std::size_t lots = 0;
        for (std::size_t i = 0; i < component; ++i)
            for (int width : components[i])
                lots += options.per_channel ? static_cast<std::size_t>(width) : width == components[i][0];
        return options.per_channel ? lots : component;
    }
    std::size_t first_share_of_activations() const {
        return lots_before(components.size()) * options.weights.size();
    }
    std::size_t first_alpha_of_activations() const {
        return options.weights.size() > 1 ? first_share_of_activations() : 0;
    }

    struct Theta {
        at::Tensor of;   // differentiable
        int chosen = -1; // that counts alone
    };
    /// softmax((alpha + noise) / T) of one lot, or the largest. `kept`: 0 bits are no candidate.
    Theta shares(std::size_t first_share, std::size_t first_alpha, const std::vector<int>& bits, bool kept) {
        if (bits.size() == 1)
            return {at::ones({1}, at::kDouble), 0};
        const at::Tensor soft = soft_shares(first_share, first_alpha, bits, kept);
        if (!discrete && !options.hard)
            return {soft};
        const std::int64_t best = soft.detach().argmax(0).item<std::int64_t>();
        const at::Tensor alone = at::zeros_like(soft.detach());
        alone[best] = 1;
        return {discrete ? alone : straight_through(alone, soft), static_cast<int>(best)};
    }
    at::Tensor soft_shares(std::size_t first_share, std::size_t first_alpha, const std::vector<int>& bits,
                           bool kept) {
        const auto n = static_cast<std::int64_t>(bits.size());
        const at::Tensor alpha = tensors["alpha"].narrow(0, static_cast<std::int64_t>(first_alpha), n);
        at::Tensor forbidden = at::zeros({n}, at::kDouble);
        if (kept && bits[0] == 0)
            forbidden[0] = -std::numeric_limits<double>::infinity();
        at::Tensor logits = alpha + forbidden;
        if (!discrete && tensors.count("noise"))
            logits = logits + tensors["noise"].narrow(0, static_cast<std::int64_t>(first_share), n);
        return at::softmax(logits / temperature, 0);
    }
    /// The shares by which the weights of a lot count: a channel with fewer zeros than at first has all its
    /// strength.
    Theta strong_shares(std::size_t lot, bool kept) {
        const std::vector<int>& bits = options.weights;
        Theta theta = shares(lot * bits.size(), lot * bits.size(), bits, kept);
        if (theta.chosen >= 0 || bits[0] != 0 || kept)
            return theta;
        double sum = 0;
        for (int b : bits)
            sum += std::exp(b / double(bits.back()) / temperature);
        const at::Tensor zeros = theta.of[0];
        if (zeros.item<double>() <= 1 / sum)
            theta.of = theta.of / (1 - zeros);
        else
            theta.of = theta.of / (1 - 1 / sum);
        return theta;
    }

    /// The shares of what has bits, which make 1 together; where one counts alone while training, the largest
    /// of them.
    Theta without_zero(Theta theta, std::size_t lot, bool kept) {
        if (discrete)
            return theta;
        if (theta.chosen < 0) {
            theta.of = theta.of / theta.of.slice(0, 1).sum();
        } else if (theta.chosen == 0) {
            const at::Tensor soft = soft_shares(lot * options.weights.size(), lot * options.weights.size(),
                                                options.weights, kept);
            theta.chosen = static_cast<int>(soft.slice(0, 1).detach().argmax(0).item<std::int64_t>()) + 1;
            const at::Tensor alone = at::zeros_like(soft.detach());
            alone[theta.chosen] = 1;
            theta.of = straight_through(alone, soft);
        }
        return theta;
    }
    /// Sums of codes are often 0, but not in float.
    OnGrid seen(const at::Tensor& sums, const at::Tensor& weight) {
        const at::Tensor alive = at::nonzero(weight.detach().flatten(1).abs().amax(1)).flatten();
        const at::Tensor of_alive = sums.detach().index_select(1, alive);
        if (of_alive.numel() > 0)
            see_gradient(of_alive / of_alive.abs().max(), 8);
        return {sums};
    }
    void see(const at::Tensor& distance, int bits) {
        if (bits <= 8 && distance.numel() > 0)
            margin = std::min(margin, distance.detach().abs().min().item<double>());
        see_gradient(distance, bits);
    }
    void see_gradient(const at::Tensor& distance, int bits) {
        if (bits <= 8 && distance.numel() > 0)
            gradient_margin = std::min(gradient_margin, distance.detach().abs().min().item<double>());
    }
    /// step x code; the step moves with its logarithm, codes that are clipped stay.
    at::Tensor on_grid(const at::Tensor& x, const Grid& grid, const at::Tensor& log_step, int bits) {
        const at::Tensor moved = at::exp(log_step - log_step.detach());
        const at::Tensor z = x * double{grid.inverse} / moved;
        const at::Tensor inside = at::logical_and(z > double{grid.lo}, z < double{grid.hi});
        const at::Tensor clamped = at::where(inside, z, z.detach().clamp(double{grid.lo}, double{grid.hi}));
        see((clamped - at::floor(clamped) - 0.5), bits);
        const at::Tensor nonzero = z.detach().masked_select(z.detach() != 0);
        see_gradient(nonzero - double{grid.lo}, bits);
        see_gradient(nonzero - double{grid.hi}, bits);
        return double{grid.step} * moved * straight_through(at::round(clamped), clamped);
    }

    /// The lot of a channel of a component, and whether it is never pruned: the last of a group, an output.
    std::pair<std::size_t, bool> lot_of(std::size_t component, int channel) const {
        bool kept = component + 1 == components.size();
        int end = 0;
        for (int width : components[component])
            kept = kept || channel + 1 == (end += width);
        return {lots_before(component) + (options.per_channel ? static_cast<std::size_t>(channel) : 0), kept};
    }
    /// Which of the weights that one channel has read a channel that is not pruned; those that do are left
    /// out where the range of weights is measured.
    at::Tensor reads_kept(const at::Tensor& w, int component) {
        const at::Tensor all = at::ones_like(w, at::kBool);
        if (component < 0)
            return all;
        const auto read = static_cast<std::size_t>(component);
        int width = 0;
        for (int of_group : components[read])
            width += of_group;
        if (w.size(0) % width != 0) // depthwise
            return all;
        for (int c = 0; c < width; ++c) {
            const auto [lot, kept] = lot_of(read, c);
            const int chosen = strong_shares(lot, kept).chosen;
            const std::int64_t each = w.size(0) / width; // after a Flatten
            if (chosen >= 0 && options.weights[static_cast<std::size_t>(chosen)] == 0)
                all.narrow(0, c * each, each).fill_(false);
        }
        return all;
    }
    /// The values of the weights of one channel for so many bits, without gradient, and their step.
    OnGrid quantized_channel(const at::Tensor& w, int bits, const at::Tensor& counts) {
        const at::Tensor counted = w.masked_select(counts).abs();
        const double largest = counted.max().item<double>(), mean = counted.mean().item<double>();
        if (bits == 0)
            return {at::zeros_like(w)};
        if (bits == 1) {
            see(w / mean, bits);
            return {at::where(w < 0, -mean, mean), mean};
        }
        const Grid grid =
            weight_grid(clipped_range({static_cast<float>(largest), static_cast<float>(mean)}, bits), bits);
        const at::Tensor code = (w * double{grid.inverse}).clamp(double{grid.lo}, double{grid.hi});
        if (bits <= 4) // the largest of 8 bits lies on its code
            see(code - at::floor(code) - 0.5, bits);
        return {at::round(code) * double{grid.step}, double{grid.step}};
    }
    /// The same with a learned step, whose place among them is `step`; with gradients.
    OnGrid learned_channel(const at::Tensor& w, int bits, std::int64_t step) {
        const at::Tensor log_step = tensors["log_step"][step];
        const Grid grid = weight_grid_of_step(static_cast<float>(std::exp(log_step.item<double>())), bits);
        return {on_grid(w, grid, log_step, bits), double{grid.step}};
    }
    std::pair<at::Tensor, at::Tensor> parameters(const OnGrid& x, const std::string& name,
                                                 std::size_t component, int first) {
        const at::Tensor whole = tensors[name + ".weight"], biases = tensors[name + ".bias"];
        std::vector<at::Tensor> weight, bias;
        for (std::int64_t c = 0; c < whole.size(0); ++c) {
            const auto [lot, kept] = lot_of(component, first + static_cast<int>(c));
            Theta theta = strong_shares(lot, kept);
            if (norm_behind && options.weights[0] == 0)
                theta = without_zero(theta, lot, kept);
            const at::Tensor counts = reads_kept(whole[c].detach(), x.component);
            at::Tensor sum = at::zeros_like(whole[c]), alive = at::zeros({}, at::kDouble);
            double step = 0;
            for (std::size_t i = 0; i < options.weights.size(); ++i) {
                if (options.weights[i] == 0)
                    continue;
                const at::Tensor share = theta.of[static_cast<std::int64_t>(i)];
                OnGrid one;
                if (options.learned_steps) {
                    one = learned_channel(whole[c], options.weights[i],
                                          first_step.at(name + ".weight") + c * steps_each() +
                                              static_cast<std::int64_t>(i) - (options.weights[0] == 0));
                } else {
                    one = quantized_channel(whole[c].detach(), options.weights[i], counts);
                    one.values = straight_through(one.values, whole[c]);
                }
                sum = sum + share * one.values;
                alive = alive + share;
                if (theta.chosen == static_cast<int>(i))
                    step = one.step * x.step;
            }
            weight.push_back(sum);
            if (!biases.defined())
                continue;
            at::Tensor own = alive * biases[c];
            if (step > 0) // rounding passes gradients on to the shares, too
                own = straight_through(alive * at::round(biases[c] / step) * step, own);
            bias.push_back(own);
        }
        return {at::stack(weight), biases.defined() ? at::stack(bias) : at::Tensor{}};
    }
};

} // namespace pliny::testing
