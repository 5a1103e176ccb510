// SPDX-License-Identifier: Apache-2.0
//
// 20. Data of your own: a table becomes a small quantized network. 20_own_data.csv has 178 wines: 13
// measurements and the grape (Aeberhard and Forina, Wine, UCI Machine Learning Repository, 1991, CC BY 4.0).

#include <pliny/pliny.hpp>

#include <cstdio>

using namespace pliny;

struct Classifier : Network<Features<13>, Sequential<Linear<32>, ReLU, Linear<32>, ReLU, Linear<3>>> {};

// Prune and quantize in one search: 0 bits remove a unit; at most a quarter of what 8 bits for all would
// take.
using Search = Mps<Classifier, Weights<0, 2, 4, 8>, Activations<8>, PerChannel, Cost<ParamsBit>,
                   Duccio<Limit<Percent<25>>>>;

template <class Net, class Penalty>
void train(Model<Net>& model, Adam optimizer, const Examples& data, int epochs, Penalty penalty) {
    at::Tensor x, y;
    for (int epoch = 0; epoch < epochs; ++epoch)
        for (const at::Tensor& batch : at::randperm(data.size(), at::kLong).split(16)) {
            data.gather_into(x, y, batch);
            optimizer.zero_grad();
            const at::Tensor loss = Loss::cross_entropy()(model(x), y);
            (loss + penalty(loss, epoch)).backward();
            optimizer.step();
        }
}

int main(int argc, char** argv) try {
    const Examples wines = read_csv(argc > 1 ? argv[1] : "20_own_data.csv", {.targets = {"grape"}});
    const auto [known, unknown] = standardised(split(wines, 0.25)); // a quarter to test with
    at::manual_seed(0);
    const auto none = [](const at::Tensor& loss, int) { return at::zeros_like(loss); };
    Model<Classifier> whole;
    train(whole, Adam({{whole.parameters(), 3e-3}}), known, 30, none);
    Model<Search> model;
    model.load_weights(whole);
    train(model, Adam({{model.weights(), 3e-3}, {model.architecture(), 2e-2}}), known, 40,
          [&](const at::Tensor& loss, int epoch) { return model.penalty(loss, epoch, 40); });
    model.settle(); // the limit holds from here on
    train(model, Adam({{model.weights(), 1e-3}}), known, 10, none);
    save(model.exported(), "wine.safetensors");
    auto found = load_quantized<Classifier>("wine.safetensors");
    found.eval();
    const auto [x, y] = unknown.batch(at::arange(unknown.size(), at::kLong));
    const at::Tensor grapes = found(x).argmax(1);
    std::printf("%sthe first unknown wine is of %s; %d of %d are right\n", found.summary().c_str(),
                wines.class_names.at(static_cast<std::size_t>(grapes[0].item<int>())).c_str(),
                grapes.eq(y).sum().item<int>(), static_cast<int>(unknown.size()));
} catch (const std::exception& error) {
    std::fprintf(stderr, "20_own_data: %s\n", error.what());
    return 1;
}
