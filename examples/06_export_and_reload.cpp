// SPDX-License-Identifier: Apache-2.0
//
// 06. From a search to something that can be shipped.
//
// An Exported<Net> is the network without its dead channels. This program follows one through everything that
// can be done with it: compare, save, load, name its type, fold batch norm, time.

#include <pliny/pliny.hpp>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string_view>

using namespace pliny;

using Search = Pit<Cnn, Cost<Ops>, Duccio<Limit<Percent<25>>>>; // a quarter of the operations

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
    return (a - b).abs().max().item<double>();
}

int main(int argc, char** argv) try {
    const bool small = argc > 1 && std::string_view(argv[1]) == "--small";
    Images train = FashionMnist::train(), test = FashionMnist::test();
    if (small) {
        train = train.first(1'000);
        test = test.first(500);
    }
    at::manual_seed(0);
    Trainer trainer(train, test, small ? 32 : 128, 0);
    Model<Search> model;
    Adam optimizer({{model.weights(), 1e-3}, {model.architecture(), 1e-2}});
    const int epochs = small ? 2 : 4;
    trainer.run("search", epochs, model, optimizer,
                [&](const at::Tensor& task, double epoch) { return model.penalty(task, epoch, epochs); });

    // Smaller, and the same function: in eval mode the outputs agree up to the order in which sums are
    // rounded.
    Exported<Cnn> found = model.exported();
    model.eval();
    found.eval();
    const at::InferenceMode inference;
    const at::Tensor x = test.batch(at::arange(256, at::kLong)).first;
    const at::Tensor expected = model(x);
    const double by_export = largest_difference(found(x), expected);
    std::printf("%.0f of %.0f operations; outputs differ by %.1e at most\n", found.cost<Ops>(),
                Search::bounds[0].largest, by_export);

    // The file holds weights, architecture and which channels survived. Loading needs the type, not the
    // search.
    const auto folder = std::filesystem::temp_directory_path();
    save(found, folder / "pliny_06_found.safetensors");
    Exported<Cnn> loaded = load<Cnn>(folder / "pliny_06_found.safetensors");
    loaded.eval();
    const double by_file = largest_difference(loaded(x), found(x));
    std::printf("read back: outputs differ by %.1e\n", by_file);

    // The found network is a type, too. save_found_header() writes this as a header for your next program:
    // there it can be described, counted, trained or searched again, and load<found::Small>() reads the same
    // file.
    std::printf("\n%s\n", found_header(found, "Small").c_str());

    // For inference, batch norm goes into the weights before it. Do this last: its statistics are gone then.
    loaded.fold_batch_norm();
    const double by_folding = largest_difference(loaded(x), expected);
    std::printf("folded: outputs differ by %.1e\n", by_folding);

    // Median milliseconds of one inference. The unpruned network is loaded from a file to fold it, too.
    save(Model<Cnn>(), folder / "pliny_06_whole.safetensors");
    Exported<Cnn> whole = load<Cnn>(folder / "pliny_06_whole.safetensors");
    whole.fold_batch_norm();
    for (std::int64_t batch : {1, 128})
        std::printf("batch of %3lld: %.3f ms unpruned, %.3f ms found, %.3f ms found and folded\n",
                    static_cast<long long>(batch), latency_ms(whole, {1, 28, 28}, batch),
                    latency_ms(found, {1, 28, 28}, batch), latency_ms(loaded, {1, 28, 28}, batch));
    for (const char* name : {"pliny_06_found.safetensors", "pliny_06_whole.safetensors"})
        std::filesystem::remove(folder / name);
    return by_export < 1e-3 && by_file == 0 && by_folding < 1e-3 ? 0 : 1;
} catch (const std::exception& error) {
    std::fprintf(stderr, "06_export_and_reload: %s\n", error.what());
    return 1;
}
