// SPDX-License-Identifier: Apache-2.0
// Searches for bits on whole networks against the numbers that PLiNIO gives (mps_networks.json, tolerances of
// its guide), with its own arithmetic.
#include "golden/mps_reference.hpp"

#include <doctest/doctest.h>

#include <torch/csrc/autograd/autograd.h>

#include <fstream>

using namespace pliny;
using namespace pliny::test;
using nlohmann::json;

namespace {

const json& golden_file() {
    static const json file = [] {
        std::ifstream stream(std::string(PLINY_TEST_DATA) + "/mps_networks.json");
        return json::parse(stream);
    }();
    return file;
}
const json& named(const char* list, const json& name) {
    for (const json& one : golden_file().at(list))
        if (one.at("name") == name)
            return one;
    throw std::runtime_error("nothing is named " + name.get<std::string>());
}

/// Undefined gradients are zeros; `largest`: of all gradients that belong together.
void check_gradient(const at::Tensor& found, const json& golden, double largest = 0) {
    const at::Tensor expected = golden_tensor(golden);
    largest = std::max(largest, expected.abs().max().item<double>());
    check_close(found.defined() ? found : at::zeros_like(expected), expected, 1e-4, 1e-5 * largest);
}
void check_number(const at::Tensor& found, const json& golden) {
    const double number = golden;
    check_close(found, at::scalar_tensor(number, at::kDouble), 1e-5);
}

/// Calls f with every case of the file.
template <class F>
void for_each_case(F f) {
    for (const json& golden : golden_file().at("cases")) {
        CAPTURE(golden.at("name").get<std::string>());
        const json& conversion = named("conversions", golden.at("conversion"));
        MpsReference reference(named("networks", conversion.at("network")), conversion, golden);
        f(golden, reference);
    }
}

std::map<std::string, at::Tensor> alphas(const std::map<std::string, QuantizerGroup>& groups) {
    std::map<std::string, at::Tensor> found;
    for (const auto& [name, group] : groups)
        found[name] = group.alpha;
    return found;
}
std::map<std::string, at::Tensor> clips(const std::map<std::string, QuantizerGroup>& groups) {
    std::map<std::string, at::Tensor> found;
    for (const auto& [name, group] : groups)
        found[name] = group.clips;
    return found;
}
std::vector<at::Tensor> values_of(const std::map<std::string, at::Tensor>& tensors) {
    std::vector<at::Tensor> values;
    for (const auto& [name, tensor] : tensors)
        values.push_back(tensor);
    return values;
}

/// The gradients of y to a map of leaves against a map of golden tensors; returns how many.
int check_gradients(const at::Tensor& y, const std::map<std::string, at::Tensor>& leaves, const json& golden,
                    const at::Tensor& upstream = {}, double largest = 0) {
    REQUIRE(leaves.size() == golden.size());
    const auto found = torch::autograd::grad({y}, values_of(leaves), {upstream}, true, false, true);
    std::size_t i = 0;
    for (const auto& leaf : leaves) {
        CAPTURE(leaf.first);
        check_gradient(found[i++], golden.at(leaf.first), largest);
    }
    return static_cast<int>(i);
}

double largest_entry(const json& tensors) {
    double largest = 0;
    for (const json& tensor : tensors)
        largest = std::max(largest, golden_tensor(tensor).abs().max().item<double>());
    return largest;
}

void check_cost(const MpsReference& reference, const at::Tensor& cost, const json& golden) {
    check_number(cost, golden.at("value"));
    const json &by_activation = golden.at("grad_alpha_activation"),
               &by_weight = golden.at("grad_alpha_weight");
    const double largest = std::max(largest_entry(by_activation), largest_entry(by_weight));
    if (cost.requires_grad()) {
        check_gradients(cost, alphas(reference.activations), by_activation, {}, largest);
        check_gradients(cost, alphas(reference.weights), by_weight, {}, largest);
    } else {
        CHECK(largest == 0);
    }
}
void check_costs(const MpsReference& reference, Sampling sampling, const json& golden) {
    const MpsReference::Costs costs = reference.costs(sampling);
    check_cost(reference, costs.params, golden.at("params_bit"));
    check_cost(reference, costs.ops, golden.at("ops_bit"));
}

} // namespace

TEST_CASE("mps, compat: batch norm is folded and weights make up for 0 bit") {
    int layers = 0, with_norm = 0, with_zero = 0;
    for (const json& conversion : golden_file().at("conversions")) {
        if (!conversion.contains("converted"))
            continue;
        CAPTURE(conversion.at("name").get<std::string>());
        const json& network = named("networks", conversion.at("network"));
        const json& tensors = network.at("weights");
        std::map<std::string, std::string> norm_of;
        for (const json& node : network.at("graph"))
            if (node.at("op") == "bn2d")
                norm_of[node.at("in")[0]] = node.at("name");
        for (const auto& converted : conversion.at("converted").items()) {
            const std::string& layer = converted.key();
            CAPTURE(layer);
            compat::Folded found{golden_tensor(tensors.at(layer + ".weight")), {}};
            if (tensors.contains(layer + ".bias"))
                found.bias = golden_tensor(tensors.at(layer + ".bias"));
            if (const auto norm = norm_of.find(layer); norm != norm_of.end()) {
                const auto of_norm = [&](const char* what) {
                    return golden_tensor(tensors.at(norm->second + what));
                };
                found = compat::folded(found, of_norm(".weight"), of_norm(".bias"), of_norm(".running_mean"),
                                       of_norm(".running_var"));
                ++with_norm;
            }
            for (const json& group : conversion.at("weight_groups"))
                if (const auto users = group.at("users").get<std::vector<std::string>>();
                    std::find(users.begin(), users.end(), layer) != users.end()) {
                    const std::vector<int> bits = group.at("precisions");
                    found.weight = compat::compensated(found.weight, bits);
                    with_zero += std::find(bits.begin(), bits.end(), 0) != bits.end();
                }
            check_close(found.weight, golden_tensor(converted.value().at("weight")), 1e-5);
            check_close(found.bias, golden_tensor(converted.value().at("bias")), 1e-5);
            ++layers;
        }
    }
    CHECK(layers == 2 * 2 + 3 * 3 + 2 * 4 + 2 * 4);
    CHECK(with_norm == 3 * 2 + 2 * 3);
    CHECK(with_zero == 1 + 2 * 2 + 3 + 3);
}

TEST_CASE("mps, compat: shares, outputs and gradients") {
    int cases = 0, with_values = 0, gradients = 0;
    for_each_case([&](const json& golden, const MpsReference& reference) {
        ++cases;
        for (const auto& [kind, groups] :
             {std::pair{"activation", &reference.activations}, std::pair{"weight", &reference.weights}}) {
            REQUIRE(groups->size() == golden.at("theta").at(kind).size());
            for (const auto& [name, group] : *groups)
                check_close(reference.theta(group, Sampling::Train),
                            golden_tensor(golden.at("theta").at(kind).at(name)), 1e-5);
        }
        if (!golden.contains("x"))
            return;
        ++with_values;
        const at::Tensor x = golden_tensor(golden.at("x")), upstream = golden_tensor(golden.at("upstream"));
        const at::Tensor y = reference.forward(x, Sampling::Train);
        check_close(y, golden_tensor(golden.at("y_train")), 1e-5, 1e-5);
        check_close(reference.forward(x, Sampling::Eval), golden_tensor(golden.at("y_eval")), 1e-5, 1e-5);
        const json& expected = golden.at("grads");
        for (const auto& leaves :
             {std::pair{"weight", reference.layer_weight}, std::pair{"bias", reference.layer_bias},
              std::pair{"alpha_activation", alphas(reference.activations)},
              std::pair{"alpha_weight", alphas(reference.weights)},
              std::pair{"clips", clips(reference.activations)}}) {
            CAPTURE(leaves.first);
            gradients += check_gradients(y, leaves.second, expected.at(leaves.first), upstream);
        }
        CHECK(expected.size() == 5);
    });
    CHECK(cases == 22);
    CHECK(with_values == 18);
    CHECK(gradients == 2 * 10 + 8 * 15 + 4 * 17 + 4 * 17);
}

TEST_CASE("mps, compat: costs in bits and bit-operations") {
    int cases = 0, per_channel = 0;
    for_each_case([&](const json& golden, MpsReference& reference) {
        ++cases;
        check_costs(reference, Sampling::Train, golden.at("costs"));
        check_costs(reference, Sampling::Eval, golden.at("costs_eval"));
        CHECK(reference.per_channel == golden.contains("costs_corrected"));
        if (reference.per_channel) {
            ++per_channel;
            const MpsReference::Costs corrected = reference.corrected_costs(Sampling::Train);
            check_number(corrected.params, golden.at("costs_corrected").at("params_bit"));
            check_number(corrected.ops, golden.at("costs_corrected").at("ops_bit"));
            const MpsReference::Features left = reference.features(Sampling::Train);
            REQUIRE(left.out.size() == golden.at("out_features_eff").size());
            for (const auto& [layer, number] : left.out) {
                check_number(number, golden.at("out_features_eff").at(layer));
                check_number(left.in.at(layer), golden.at("in_features_eff").at(layer));
            }
        }
        reference.start_again();
        const MpsReference::Costs initial = reference.costs(Sampling::Train);
        check_number(initial.params, golden.at("initial_costs").at("params_bit"));
        check_number(initial.ops, golden.at("initial_costs").at("ops_bit"));
    });
    CHECK(cases == 22);
    CHECK(per_channel == 12);
}

TEST_CASE(
    "mps, compat: selected bits; an exported network computes what the search does in evaluation mode") {
    int layers = 0, exported = 0;
    for_each_case([&](const json& golden, const MpsReference& reference) {
        for (const auto& item : golden.at("selected").items()) {
            const std::string& layer = item.key();
            const json& selected = item.value();
            CAPTURE(layer);
            const QuantizerGroup *out = reference.output_group(layer),
                                 &weight = reference.weight_group(layer);
            CHECK(selected.at("in") == reference.input_group(layer).selected());
            CHECK(selected.at("out") == (out ? out->selected() : -1));
            if (selected.at("w").is_array())
                for (std::size_t c = 0; c < selected.at("w").size(); ++c)
                    CHECK(selected.at("w")[c] == weight.selected(static_cast<std::int64_t>(c)));
            else
                CHECK(selected.at("w") == weight.selected());
            ++layers;
        }
        for (const auto& [user, selected] : golden.at("selected_other").items())
            CHECK(selected == reference.output_group(user)->selected());
        if (golden.contains("exported_equals_eval_bit_for_bit")) {
            ++exported;
            const at::Tensor x = golden_tensor(golden.at("x"));
            CHECK(at::equal(reference.forward(x, Sampling::Exported), reference.forward(x, Sampling::Eval)) ==
                  golden.at("exported_equals_eval_bit_for_bit").get<bool>());
        }
    });
    CHECK(layers == 2 * 2 + 8 * 3 + 4 * 4 + 4 * 4 + 4 * 4);
    CHECK(exported == 8);
}
