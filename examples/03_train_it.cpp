// SPDX-License-Identifier: Apache-2.0
//
// 03. What runs.
//
// Model<Cnn> is a torch::nn::Module that the compiler makes from the type: the same parameter names, shapes
// and initialisation as PyTorch, and a forward without look-ups between the layers. From here on LibTorch is
// involved, so this file takes a while to compile. It trains Cnn on FashionMNIST with the library's own loop;
// example 04 shows a loop of your own. `03_train_it --small` does little of everything.

#include <pliny/pliny.hpp>

#include <cstdio>
#include <filesystem>
#include <string_view>

using namespace pliny;

int main(int argc, char** argv) try {
    const bool small = argc > 1 && std::string_view(argv[1]) == "--small";

    // The images stay bytes and are normalised batch by batch. If the files are missing, train() throws a
    // DatasetError that says where it looked and where to get them.
    Images train = FashionMnist::train(), test = FashionMnist::test();
    if (small) {
        train = train.first(2'000);
        test = test.first(1'000);
    }

    // Everything random follows from two seeds: LibTorch's for the initial weights, the trainer's for the
    // order of the images. The same seeds give the same weights on the CPU, bit for bit.
    at::manual_seed(0);
    Model<Cnn> model;

    // Adam is LibTorch's fused operator behind a small class; Sgd is its sibling, and anything with
    // zero_grad() and step(), such as torch::optim::AdamW, can take its place.
    Adam optimizer({{model.parameters(), 1e-3}});
    Trainer trainer(train, test, 128, 0); // batches of 128 images, seed 0
    std::printf("before training: %.2f %% of the test images right\n", accuracy(model, test));
    trainer.run("training", small ? 1 : 3, model, optimizer);

    // The history has what the progress lines have shown.
    const EpochResult& last = trainer.history().back();
    std::printf("after epoch %d: loss %.4f, %.2f %% of the test images right\n", last.epoch + 1,
                last.train_loss, last.test_accuracy);

    // save() writes weights and architecture into one safetensors file, which Python reads as well. Whatever
    // goes wrong meanwhile, the file is either the old one or the new one, never half of one.
    const auto file = std::filesystem::temp_directory_path() / "pliny_03_cnn.safetensors";
    save(model, file);

    // load<Cnn>() gives an Exported<Cnn>: the type for networks that may have become narrower, which this one
    // has not. To go on with a Model<Cnn>, hand its weights over.
    Exported<Cnn> loaded = load<Cnn>(file);
    Model<Cnn> again;
    again.load_weights(loaded);
    std::printf("read back from %s: %.2f %%, %.2f %%\n", file.c_str(), accuracy(loaded, test),
                accuracy(again, test));
    std::filesystem::remove(file);

    // A file that holds another network is refused, with both names in the message; so is one that is
    // damaged.
    const bool same =
        accuracy(loaded, test) == last.test_accuracy && accuracy(again, test) == last.test_accuracy;
    return same ? 0 : 1;
} catch (const std::exception& error) {
    std::fprintf(stderr, "03_train_it: %s\n", error.what());
    return 1;
}
