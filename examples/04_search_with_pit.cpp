// SPDX-License-Identifier: Apache-2.0
//
// 04. Search with a loop of your own.
//
// PIT gives every output channel of a layer a trainable number, alpha, and takes the channel away while
// |alpha| is at most 0.5. Training weights and alphas together finds widths; the limit says how narrow the
// network must get. There are three differences to an ordinary LibTorch program: the type of the model, one
// term in the loss, and a line at the end that gives the smaller network.

#include <pliny/pliny.hpp>

#include <cstdio>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

using namespace pliny;

// The network, what is counted, what must hold: here at most a quarter of the parameters. This is the one
// type that the library is about.
using Search = Pit<Cnn, Cost<Params>, Duccio<Limit<Percent<25>>>>;

// All images once, in a random order, as normalised batches.
std::vector<std::pair<at::Tensor, at::Tensor>> shuffled(const Images& images, std::int64_t batch_size) {
    std::vector<std::pair<at::Tensor, at::Tensor>> batches;
    for (const at::Tensor& indices : at::randperm(images.size(), at::kLong).split(batch_size))
        batches.push_back(images.batch(indices));
    return batches;
}

int main(int argc, char** argv) try {
    const bool small = argc > 1 && std::string_view(argv[1]) == "--small";
    Images train = FashionMnist::train(), test = FashionMnist::test();
    if (small) {
        train = train.first(1'500);
        test = test.first(500);
    }
    at::manual_seed(0);

    Model<Search> model; // a torch::nn::Module; model.load_weights(other) takes the weights of a Model<Cnn>

    // The alphas are one parameter, and they learn faster than the weights.
    torch::optim::Adam optimizer(
        {torch::optim::OptimizerParamGroup(model.weights()),
         torch::optim::OptimizerParamGroup(model.architecture(),
                                           std::make_unique<torch::optim::AdamOptions>(1e-2))},
        torch::optim::AdamOptions(1e-3));

    const int epochs = small ? 2 : 4;
    for (int epoch = 0; epoch < epochs; ++epoch) {
        auto batches = shuffled(train, small ? 32 : 128);
        for (auto& [x, y] : batches) {
            optimizer.zero_grad();
            auto task = torch::nn::functional::cross_entropy(model(x), y);
            auto loss = task + model.penalty(task, epoch, epochs); // cost<Params>() gives the plain number
            loss.backward();
            optimizer.step();
        }
        std::printf("epoch %d: %.0f parameters, %.2f %% right\n", epoch + 1, model.cost<Params>(),
                    accuracy(model, test));
    }

    // exported() first settles: if the search did not quite meet the limit, the least important channels go,
    // and if it went too far, the most important ones come back. Then it copies what is alive into a dense,
    // smaller network. The file holds its weights and its architecture; loading it needs nothing else.
    const auto file = std::filesystem::temp_directory_path() / "pliny_04_cnn.safetensors";
    auto found = model.exported(); // Exported<Cnn>: really smaller, same outputs as model in eval mode
    save(found, file);
    auto loaded = load<Cnn>(file);

    std::printf("%s", model.summary().c_str());
    std::printf("limit %.0f, found %.0f parameters of %.0f; %.2f %% right, read back %.2f %%\n",
                Search::limits[0], found.cost<Params>(), Search::bounds[0].largest, accuracy(found, test),
                accuracy(loaded, test));
    std::filesystem::remove(file);

    // It is an ordinary module: train it on for a few epochs (example 05), or deploy it (example 06).
    return found.cost<Params>() <= Search::limits[0] ? 0 : 1;
} catch (const std::exception& error) {
    std::fprintf(stderr, "04_search_with_pit: %s\n", error.what());
    return 1;
}
