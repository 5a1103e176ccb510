// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/golden.hpp"
#include "golden/golden_tensor.hpp"

#include "golden/plinio_mps.hpp"

#include <torch/types.h>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace pliny::test {

/// Quantizers that layers share: what may be chosen, logits, and of activations the clips.
struct QuantizerGroup {
    std::vector<int> bits;
    at::Tensor alpha, clips;
    int selected(std::int64_t channel = 0) const {
        const at::Tensor best = alpha.detach().argmax(0).reshape({-1});
        return bits[static_cast<std::size_t>(best[channel].item<std::int64_t>())];
    }
};

/// How shares are made: softmax; one-hot; or only the selected quantizers, as in an exported network.
enum class Sampling { Train, Eval, Exported };

/// PLiNIO's search on a network of mps_networks.json, walked node by node.
class MpsReference {
public:
    MpsReference(const nlohmann::json& network, const nlohmann::json& conversion,
                 const nlohmann::json& golden)
        : network_(network), conversion_(conversion), temperature_(golden.at("temperature")) {
        per_channel = conversion.at("search") == "per_channel";
        for (const nlohmann::json& group : conversion.at("activation_groups"))
            if (group.at("precisions")[0] != -1) // -1: not quantized
                add_group(group, golden.at("alpha").at("activation"), activations, activation_of_).clips =
                    leaf(golden.at("clips").at(group.at("group").get<std::string>()));
        for (const nlohmann::json& group : conversion.at("weight_groups"))
            add_group(group, golden.at("alpha").at("weight"), weights, weight_of_);
        if (conversion.contains("converted"))
            for (const auto& [layer, tensors] : conversion.at("converted").items()) {
                layer_weight[layer] = leaf(tensors.at("weight"));
                layer_bias[layer] = leaf(tensors.at("bias"));
            }
        measure();
    }

    std::map<std::string, QuantizerGroup> activations, weights;
    std::map<std::string, at::Tensor> layer_weight, layer_bias; // after conversion
    bool per_channel = false;

    at::Tensor theta(const QuantizerGroup& group, Sampling sampling) const {
        return compat::shares(group.alpha, temperature_, sampling != Sampling::Train);
    }

    /// As it was right after conversion: initial logits, softmax without temperature.
    void start_again() {
        temperature_ = 1;
        for (auto* groups : {&activations, &weights})
            for (auto& [name, group] : *groups)
                group.alpha =
                    compat::initial_alpha(group.bits, group.alpha.dim() == 1 ? 0 : group.alpha.size(1));
    }

    at::Tensor forward(const at::Tensor& x, Sampling sampling) const {
        std::map<std::string, at::Tensor> values, scales; // by node; by group of activations
        values["x"] = activation(x, activation_of_.at("x_input_quantizer"), sampling, scales);
        for (const nlohmann::json& node : network_.at("graph")) {
            const std::string name = node.at("name"), op = node.at("op");
            const at::Tensor& in = values.at(node.at("in")[0]);
            at::Tensor out = in; // batch norm is in the weights
            if (op == "conv2d" || op == "linear")
                out = layer(node, in, sampling, scales);
            else if (op == "add")
                out = activation(at::add(in, values.at(node.at("in")[1])), producer_.at(name), sampling,
                                 scales);
            else if (op == "relu")
                out = at::relu(in);
            else if (op == "relu6")
                out = at::hardtanh(in, 0, 6);
            else if (op == "avgpool2d")
                out = at::avg_pool2d(in, kernel(node));
            else if (op == "maxpool2d")
                out = at::max_pool2d(in, kernel(node));
            else if (op == "flatten")
                out = at::flatten(in, 1);
            else if (op != "bn2d")
                throw std::runtime_error("unknown operator " + op);
            values[name] = out;
        }
        return values.at(network_.at("output")[0]);
    }

    /// Channels that are left at every layer's end (with a gradient) and beginning (without).
    struct Features {
        std::map<std::string, at::Tensor> in, out;
    };
    Features features(Sampling sampling) const {
        Features found;
        std::map<std::string, at::Tensor> at_node{{"x", at::scalar_tensor(shape_.at("x")[0], at::kDouble)}};
        for (const nlohmann::json& node : network_.at("graph")) {
            const std::string name = node.at("name"), from = node.at("in")[0], op = node.at("op");
            at_node[name] = at_node.at(from);
            if (op == "flatten")
                at_node[name] =
                    at_node[name] * (c10::multiply_integers(shape_.at(from)) / shape_.at(from)[0]);
            if (op != "conv2d" && op != "linear")
                continue;
            found.in[name] = at_node[name].detach();
            found.out[name] = at_node[name] = alive(node, sampling);
        }
        return found;
    }

    struct Costs {
        at::Tensor params = at::zeros({}, at::kDouble),
                   ops = at::zeros({}, at::kDouble); // in bits; bit-operations
    };
    /// By PLiNIO's definition: of every pair of candidates of input and weight, times their shares, with the
    /// channels that are left, which counts 0 bit twice; linear layers never get smaller.
    Costs costs(Sampling sampling) const {
        const Features left = features(sampling);
        return sum_of_layers(
            sampling, [&](const nlohmann::json& node, const at::Tensor& theta, const std::vector<int>& bits) {
                const std::string name = node.at("name");
                const at::Tensor share = theta.dim() == 1 ? theta : theta.mean(1);
                const at::Tensor mean_bits = at::sum(share * at::tensor(bits, at::kDouble));
                if (node.at("op") == "linear")
                    return mean_bits * (node.at("cin").get<double>() * node.at("cout").get<double>());
                return mean_bits * left.in.at(name) * left.out.at(name);
            });
    }
    /// Every channel once, at its own bits, with the channels that are left at the layer's input.
    Costs corrected_costs(Sampling sampling) const {
        const Features left = features(sampling);
        return sum_of_layers(
            sampling, [&](const nlohmann::json& node, const at::Tensor& theta, const std::vector<int>& bits) {
                const at::Tensor all = theta.sum(1) * at::tensor(bits, at::kDouble);
                return left.in.at(node.at("name")) * at::sum(all);
            });
    }

    const QuantizerGroup& input_group(const std::string& layer) const {
        return activations.at(conversion_.at("input_group_of_layer").at(layer));
    }
    /// Null where the output is not quantized.
    const QuantizerGroup* output_group(const std::string& user) const {
        const auto found = activation_of_.find(user);
        return found == activation_of_.end() ? nullptr : &activations.at(found->second);
    }
    const QuantizerGroup& weight_group(const std::string& layer) const {
        return weights.at(weight_of_.at(layer));
    }

private:
    static at::Tensor leaf(const nlohmann::json& golden) {
        return golden_tensor(golden).requires_grad_(true);
    }
    static std::vector<std::int64_t> kernel(const nlohmann::json& node) { return node.at("kernel"); }

    static QuantizerGroup& add_group(const nlohmann::json& group, const nlohmann::json& alphas,
                                     std::map<std::string, QuantizerGroup>& groups,
                                     std::map<std::string, std::string>& group_of) {
        const std::string name = group.at("group");
        for (const nlohmann::json& user : group.at("users"))
            group_of[user] = name;
        return groups[name] = {group.at("precisions"), leaf(alphas.at(name)), {}};
    }

    /// The shape after every node and the group of activations that it comes from.
    void measure() {
        shape_["x"] = network_.at("inputs").at("x").get<std::vector<std::int64_t>>();
        for (const nlohmann::json& node : network_.at("graph")) {
            const std::string name = node.at("name"), from = node.at("in")[0], op = node.at("op");
            const auto before = producer_.find(from);
            producer_[name] = before == producer_.end() ? "" : before->second;
            std::vector<std::int64_t> shape = shape_.at(from);
            if (op == "conv2d" || op == "linear") {
                shape = facts(name).at("out").get<std::vector<std::int64_t>>();
                const auto own = activation_of_.find(name);
                producer_[name] = own == activation_of_.end() ? "" : own->second;
            } else if (op.ends_with("pool2d")) {
                shape[1] /= kernel(node)[0];
                shape[2] /= kernel(node)[1];
            } else if (op == "flatten") {
                shape = {c10::multiply_integers(shape)};
            }
            shape_[name] = shape;
        }
    }
    const nlohmann::json& facts(const std::string& layer) const {
        for (const nlohmann::json& row : network_.at("layers"))
            if (row.at("node") == layer)
                return row;
        throw std::runtime_error("no layer " + layer);
    }

    at::Tensor activation(const at::Tensor& x, const std::string& name, Sampling sampling,
                          std::map<std::string, at::Tensor>& scales) const {
        const QuantizerGroup& group = activations.at(name);
        if (sampling != Sampling::Exported)
            return compat::quantized_activation(x, theta(group, sampling), group.clips, group.bits,
                                                &scales[name]);
        const at::Tensor clip = group.clips.index_select(0, group.alpha.detach().argmax(0, true));
        return compat::quantized_activation(x, at::ones({1}), clip, std::vector{group.selected()},
                                            &scales[name]);
    }

    at::Tensor layer(const nlohmann::json& node, const at::Tensor& in, Sampling sampling,
                     std::map<std::string, at::Tensor>& scales) const {
        const std::string name = node.at("name");
        const QuantizerGroup& group = weight_group(name);
        at::Tensor scale;
        const bool single = sampling == Sampling::Exported;
        const at::Tensor weight =
            compat::quantized_weight(layer_weight.at(name), single ? at::ones({1}) : theta(group, sampling),
                                     single ? std::vector{group.selected()} : group.bits, &scale);
        const at::Tensor bias = compat::quantized_bias(
            layer_bias.at(name), scales.at(conversion_.at("input_group_of_layer").at(name)), scale);
        at::Tensor out;
        if (node.at("op") == "linear")
            out = at::linear(in, weight, bias);
        else // all are of this kind: stride 1, as wide as before
            out = at::conv2d(in, weight, bias, 1, "same", 1, node.at("groups").get<std::int64_t>());
        const auto own = activation_of_.find(name);
        return own == activation_of_.end() ? out : activation(out, own->second, sampling, scales);
    }

    /// Output channels without the share at 0 bit.
    at::Tensor alive(const nlohmann::json& node, Sampling sampling) const {
        const QuantizerGroup& group = weight_group(node.at("name"));
        const at::Tensor all = at::scalar_tensor(node.at("cout").get<double>(), at::kDouble);
        const auto zero = std::find(group.bits.begin(), group.bits.end(), 0);
        if (zero == group.bits.end() || !per_channel)
            return all;
        return all - theta(group, sampling).to(at::kDouble)[zero - group.bits.begin()].sum();
    }

    /// The sum over layers of kernel area x `of_layer` x, for operations, mean bits of the input x pixels.
    template <class F>
    Costs sum_of_layers(Sampling sampling, F of_layer) const {
        Costs sum;
        for (const nlohmann::json& node : network_.at("graph")) {
            if (node.at("op") != "conv2d" && node.at("op") != "linear")
                continue;
            const std::string name = node.at("name");
            const QuantizerGroup &group = weight_group(name), &input = input_group(name);
            const double area = node.contains("kernel") ? c10::multiply_integers(kernel(node)) : 1;
            const double pixels = c10::multiply_integers(shape_.at(name)) / shape_.at(name)[0];
            const at::Tensor params =
                area * of_layer(node, theta(group, sampling).to(at::kDouble), group.bits);
            const at::Tensor input_bits =
                at::sum(theta(input, sampling).to(at::kDouble) * at::tensor(input.bits, at::kDouble));
            sum.params = sum.params + params;
            sum.ops = sum.ops + params * input_bits * (node.at("op") == "linear" ? 1 : pixels);
        }
        return sum;
    }

    const nlohmann::json &network_, &conversion_;
    double temperature_;
    std::map<std::string, std::string> activation_of_, weight_of_,
        producer_;                                           // names of groups, by user or node
    std::map<std::string, std::vector<std::int64_t>> shape_; // without the batch
};

} // namespace pliny::test
