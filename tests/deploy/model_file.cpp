// SPDX-License-Identifier: Apache-2.0
// Files of exported networks and generated headers: what was saved comes back, anything else is refused.
#include <pliny/core.hpp>
#include <pliny/deploy/found_header.hpp>
#include <pliny/deploy/model_file.hpp>
#include <pliny/nn/methods/pit.hpp>

#include "golden/found_small.inc" // what found_header writes
#include "support/temporary_folder.hpp"
#include "support/tensors.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace pliny;
using namespace pliny::testing;

namespace {

struct ModelFileSmall
    : Network<Image<2, 6, 6>,
              Sequential<Named<"stem", Sequential<Conv2d<6, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU>>,
                         Conv2d<6, Kernel<3>, SamePadding, Depthwise>, BatchNorm2d::With<NoAffine>,
                         Residual<Sequential<Conv2d<4>, ReLU, Conv2d<6, Kernel<2>, SamePadding, NoBias>>>,
                         Flatten, Linear<5>, BatchNorm1d, Tanh, Linear<3>>> {};

using SmallSearch = Pit<ModelFileSmall, Cost<Params>>;

// For the alphas below group 1 keeps channels 1, 4, 5, group 2 keeps 0 and 3, group 3 keeps 4.
using found::FoundSmall;

std::string found_text() { return read_file(std::filesystem::path(PLINY_TEST_DATA) / "found_small.inc"); }

Model<SmallSearch>& searched() {
    static Model<SmallSearch> model = [] {
        Model<SmallSearch> model;
        randomize(model, 1);
        const at::NoGradGuard no_grad;
        model.alpha.fill_(0.2);
        for (const int alive : {1, 4, 6 + 0})
            model.alpha[alive] = 0.8;
        model.eval();
        return model;
    }();
    return model;
}

Exported<ModelFileSmall> found_network() {
    Exported<ModelFileSmall> network = searched().exported();
    network.eval();
    return network;
}

at::Tensor samples() {
    at::manual_seed(4);
    return at::randn({3, 2, 6, 6});
}

template <class A, class B>
void check_same_tensors(const A& a, const B& b) {
    const auto own = pliny::detail::named_tensors(a), other = pliny::detail::named_tensors(b);
    REQUIRE(own.size() == other.size());
    for (std::size_t i = 0; i < own.size(); ++i) {
        CAPTURE(own[i].first);
        CHECK(own[i].first == other[i].first);
        CHECK((own[i].second.scalar_type() == other[i].second.scalar_type()));
        CHECK(at::equal(own[i].second, other[i].second));
    }
}

/// The file with one entry of its metadata replaced.
std::filesystem::path with_entry(const std::filesystem::path& from, const std::filesystem::path& to,
                                 const std::string& key, const std::string& value) {
    SafetensorsFile file = read_safetensors(from);
    file.metadata[key] = value;
    write_safetensors(to, file.metadata, file.tensors);
    return to;
}

template <class Net = ModelFileSmall>
std::string refusal(const std::filesystem::path& path) {
    return error_of<FileError>([&] { (void)load<Net>(path); });
}

bool says(const std::string& text, std::initializer_list<std::string> parts) {
    for (const std::string& part : parts)
        if (text.find(part) == std::string::npos)
            return false;
    return true;
}

} // namespace

TEST_CASE("What was saved is loaded, bit for bit") {
    const at::NoGradGuard no_grad;
    const TemporaryFolder folder;
    const auto path = folder / "small.safetensors";
    Exported<ModelFileSmall> saved = found_network();
    CHECK(saved.widths() == std::array<std::int64_t, 5>{2, 3, 2, 1, 3});
    save(saved, path);
    CHECK(folder.entry_count() == 1);
    const std::string bytes = read_file(path);

    Exported<ModelFileSmall> loaded = load<ModelFileSmall>(path);
    CHECK(loaded.kept() == saved.kept());
    CHECK(!loaded.folded());
    check_same_tensors(loaded, saved);
    loaded.eval();
    CHECK(at::equal(loaded(samples()), saved(samples())));
    save(loaded, folder / "again.safetensors");
    CHECK(read_file(folder / "again.safetensors") == bytes);

    saved.fold_batch_norm();
    save(saved, path);
    Exported<ModelFileSmall> folded = load<ModelFileSmall>(path);
    CHECK(folded.folded());
    check_same_tensors(folded, saved);
    folded.eval();
    CHECK(at::equal(folded(samples()), saved(samples())));
    CHECK(difference(folded(samples()), loaded(samples())) <= 1e-5);
}

TEST_CASE("A plain model is saved as a network that lost nothing") {
    const at::NoGradGuard no_grad;
    const TemporaryFolder folder;
    Model<ModelFileSmall> plain;
    randomize(plain, 2);
    save(plain, folder / "plain");
    Exported<ModelFileSmall> loaded = load<ModelFileSmall>(folder / "plain");
    check_same_tensors(loaded, plain);
    plain.eval();
    loaded.eval();
    CHECK(at::equal(loaded(samples()), plain(samples())));

    plain.to(at::kDouble);
    save(plain, folder / "double");
    Exported<ModelFileSmall> exact = load<ModelFileSmall>(folder / "double");
    exact.eval();
    const at::Tensor expected = plain(samples().to(at::kDouble));
    CHECK((expected.scalar_type() == at::kDouble));
    CHECK(at::equal(exact(samples().to(at::kDouble)), expected));
    CHECK((exact.named_buffers()["2.num_batches_tracked"].scalar_type() == at::kLong));
    CHECK(exact.named_buffers()["2.num_batches_tracked"].item<std::int64_t>() == 7);
}

TEST_CASE("The found network as a type reads the same file") {
    const at::NoGradGuard no_grad;
    const TemporaryFolder folder;
    Exported<ModelFileSmall> saved = found_network();
    CHECK(found_header(saved, "FoundSmall") == found_text());
    CHECK(cost_of<FoundSmall, Params> == 234);
    CHECK(saved.cost<Params>() == 234);
    save_found_header(saved, "FoundSmall", folder / "found.hpp");
    CHECK(read_file(folder / "found.hpp") == found_text());

    save(saved, folder / "found");
    Exported<FoundSmall> loaded = load<FoundSmall>(folder / "found");
    check_same_tensors(loaded, saved);
    loaded.eval();
    CHECK(at::equal(loaded(samples()), saved(samples())));
    Model<FoundSmall> plain;
    plain.load_weights(loaded);
    plain.eval();
    CHECK(at::equal(plain(samples()), saved(samples())));
}

TEST_CASE("A header needs a C++ name") {
    const Exported<ModelFileSmall> network = found_network();
    for (const char* name : {"", "9lives", "a b", "a-b", "x;"}) {
        CAPTURE(name);
        CHECK(error_of<ModelError>([&] { (void)found_header(network, name); }) ==
              std::string("found_header: \"").append(name).append("\" is not a C++ name"));
    }
    for (const auto& [name, problem] : std::map<std::string, std::string>{
             {"default", "is a keyword of C++; expected a name of your own"},
             {"Network", "occurs in the network itself; expected another name"},
             {"_Found",
              "is reserved for the compiler; expected a name without two underscores and without an "
              "underscore before a capital"}})
        CHECK(error_of<ModelError>([&] { (void)found_header(network, name); }) ==
              "found_header: \"" + name + "\" " + problem);
    CHECK(found_header(network, "_9").find("struct _9 : Network<") != std::string::npos);
}

TEST_CASE("Another network's file is refused") {
    const TemporaryFolder folder;
    const auto path = folder / "small";
    save(found_network(), path);
    const std::string text = refusal<Cnn>(path);
    CHECK(says(text, {path.string(), "found the network Network<Image<2, 6, 6>, ",
                      "expected Network<Image<1, 28, 28>, "}));

    const std::array<float, 2> numbers{1, 2};
    const TensorView tensor{"stem.0.weight", "F32", {2}, std::as_bytes(std::span(numbers))};
    write_safetensors(path, {{"format", "pt"}}, std::span(&tensor, 1));
    CHECK(says(refusal(path), {path.string(), "found no entry pliny.network in its metadata",
                               "expected a file written by pliny's save"}));
    CHECK(says(refusal(folder / "nothing"), {(folder / "nothing").string(), "cannot be read"}));
}

TEST_CASE("A truncated file is refused wherever it ends") {
    const TemporaryFolder folder;
    const auto path = folder / "small";
    save(found_network(), path);
    const std::string bytes = read_file(path);
    for (std::size_t i = 0; i < 20; ++i) {
        const std::size_t length = i == 19 ? bytes.size() - 1 : bytes.size() * i / 19;
        CAPTURE(length);
        write_file(path, bytes.substr(0, length));
        CHECK(says(refusal(path), {path.string(), "expected"}));
    }
    write_file(path, bytes + "x");
    CHECK(says(refusal(path), {path.string(), "expected"}));
}

TEST_CASE("Lying metadata is refused") {
    const TemporaryFolder folder;
    const auto path = folder / "small", lie = folder / "lie";
    save(found_network(), path);
    REQUIRE(read_safetensors(path).metadata.at("pliny.kept") == "[[0,1],[1,4,5],[0,3],[4],[0,1,2]]");
    const auto kept = [&](const std::string& text) {
        return refusal(with_entry(path, lie, "pliny.kept", text));
    };
    const std::string where = "metadata entry pliny.kept: ";

    CHECK(says(kept("nonsense"), {lie.string(), where, "expected a list of 5 lists of channels"}));
    CHECK(says(kept("[[0,1]]"), {where, "expected a list of 5 lists of channels"}));
    CHECK(says(kept("[[0,1],7,[0,3],[4],[0,1,2]]"), {where, "group 1: expected a list of channels"}));
    CHECK(says(kept("[[0,1],[1,4,6],[0,3],[4],[0,1,2]]"),
               {where, "group 1: found channel 6; expected ascending numbers below 6"}));
    CHECK(says(kept("[[0,1],[4,1,5],[0,3],[4],[0,1,2]]"), {where, "group 1: found channel 1"}));
    CHECK(says(kept("[[0,1],[1,1,5],[0,3],[4],[0,1,2]]"), {where, "group 1: found channel 1"}));
    CHECK(says(kept("[[0,1],[-1,4,5],[0,3],[4],[0,1,2]]"), {where, "group 1: found channel -1"}));
    CHECK(
        says(kept("[[0,1],[1,4,18446744073709551615],[0,3],[4],[0,1,2]]"), {where, "18446744073709551615"}));
    CHECK(says(kept("[[0,1],[1,4.5,5],[0,3],[4],[0,1,2]]"), {where, "group 1: found channel 4.5"}));
    CHECK(says(kept("[[0,1],[1,4,5],[],[4],[0,1,2]]"), {where, "group 2: found 0 channels of 4"}));
    CHECK(says(kept("[[0],[1,4,5],[0,3],[4],[0,1,2]]"), {where, "group 0: found 1 channels of 2"})); // frozen
    CHECK(says(kept("[[0,1],[1,4,5],[0],[4],[0,1,2]]"),
               {"metadata entries pliny.kept and pliny.found contradict each other"}));
    CHECK(says(refusal(with_entry(path, lie, "pliny.found", "Network<>")), {"contradict each other"}));
    CHECK(says(refusal(with_entry(path, lie, "pliny.folded", "maybe")),
               {"metadata entry pliny.folded: found 'maybe'; expected yes or no"}));
    CHECK(says(refusal(with_entry(path, lie, "pliny.folded", "yes")), {"found 24 tensors; expected 11"}));
}

TEST_CASE("Tensors that do not fit are refused by name") {
    const TemporaryFolder folder;
    const auto path = folder / "small", other = folder / "other";
    save(found_network(), path);
    SafetensorsFile file = read_safetensors(path);
    const auto rewritten = [&](const std::function<void(std::vector<TensorView>&)>& change) {
        auto tensors = file.tensors;
        change(tensors);
        write_safetensors(other, file.metadata, tensors);
        return refusal(other);
    };
    const auto find = [](std::vector<TensorView>& tensors, const std::string& name) -> TensorView& {
        return *std::find_if(tensors.begin(), tensors.end(),
                             [&](const TensorView& t) { return t.name == name; });
    };
    CHECK(says(rewritten([&](auto& tensors) { find(tensors, "stem.0.bias").name = "stem.9.bias"; }),
               {other.string(), "found no tensor 'stem.0.bias'"}));
    CHECK(says(rewritten([&](auto& tensors) {
                   find(tensors, "stem.0.bias").shape = {1, 3};
               }),
               {other.string(), "tensor stem.0.bias: found F32 [1, 3]; expected F32 [3]"}));
    CHECK(says(rewritten([&](auto& tensors) { find(tensors, "stem.0.bias").dtype = "I32"; }),
               {"tensor stem.0.bias: found I32 [3]; expected F32 [3]"}));
    CHECK(says(rewritten([&](auto& tensors) { tensors.pop_back(); }), {"found 23 tensors; expected 24"}));
}
