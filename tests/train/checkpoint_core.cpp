// SPDX-License-Identifier: Apache-2.0
// Checkpoints as files: what is refused, and with which words.
#include <pliny/train/checkpoint.hpp>

#include <array>
#include <cstring>

#include <doctest/doctest.h>

#include "support/contains.hpp"
#include "support/error_of.hpp"
#include "support/temporary_folder.hpp"

using namespace pliny;
using namespace pliny::testing;

namespace {

const CheckpointOwner owner{{{"program", "small"}, {"network", "Net"}}, {{"--batch", "32"}}};

TrainingState some_state() {
    TrainingState state;
    state.position = {.phase = "search",
                      .epoch = 2,
                      .batch = 17,
                      .loss_sum = 0.1 + 0.2,
                      .penalty_sum = 1e-300,
                      .score_sum = 544,
                      .seconds = 3.25,
                      .best = 91.5,
                      .best_epoch = 1};
    state.history.push_back({.phase = "warm-up",
                             .epoch = 0,
                             .train_loss = 1.0 / 3,
                             .train_accuracy = 80.25,
                             .test_accuracy = 81.5,
                             .validation_accuracy = 79.125,
                             .cost = {{"params", 421642}},
                             .penalty = 0,
                             .learning_rate = 1e-3,
                             .seconds = 14.5});
    state.curve.push_back(
        {.phase = "search", .step = 40, .loss = 0.7, .penalty = 0.1, .cost = {{"ops", 12}, {"params", 3}}});
    state.curve.push_back({.phase = "search",
                           .step = 80,
                           .loss = 0.6,
                           .penalty = 0.1,
                           .cost = {{"ops", 12}},
                           .theta = {{1.0 / 3, 2.0 / 3}, {0.25, 0.25, 0.5}}});
    state.results["files"]["warm-up.safetensors"] = "123";
    state.resumed = 3;
    return state;
}

const std::array<float, 3> numbers{1, -2, 0.5F};
std::vector<TensorView> some_tensors() {
    return {{"model.b", "F32", {3}, std::as_bytes(std::span(numbers))},
            {"model.a", "F32", {1}, std::as_bytes(std::span(numbers).first(1))}};
}

/// A checkpoint file with the given JSON text, its checksum right.
void write_with_text(const std::filesystem::path& path, const std::string& text) {
    const auto tensors = some_tensors();
    write_safetensors(
        path, {{"pliny.checkpoint", text}, {"pliny.crc32", pliny::detail::checkpoint_crc32(text, tensors)}},
        tensors);
}

nlohmann::ordered_json json_of(const TrainingState& state) {
    return {{"format", "pliny checkpoint 1"},
            {"identity", owner.identity},
            {"settings", owner.settings},
            {"training", pliny::detail::to_json(state)}};
}

} // namespace

TEST_CASE("checkpoint: what is read is what was written, to the last bit") {
    const TemporaryFolder folder;
    const CheckpointFiles files(folder.path(), owner);
    files.write(some_state(), some_tensors());
    const Checkpoint read = CheckpointFiles::read(files.path);
    CHECK(pliny::detail::to_json(read.state) == pliny::detail::to_json(some_state()));
    CHECK(read.state.position.loss_sum == 0.1 + 0.2);
    CHECK(read.state.position.penalty_sum == 1e-300);
    CHECK(read.state.history[0].train_loss == 1.0 / 3);
    CHECK(read.state.curve[0].theta.empty());
    CHECK(read.state.curve[1].theta == Thetas{{1.0 / 3, 2.0 / 3}, {0.25, 0.25, 0.5}});
    CHECK(read.owner.settings == owner.settings);
    CHECK(std::memcmp(read.tensors.at("model.b").data.data(), numbers.data(), sizeof numbers) == 0);
    CHECK_NOTHROW(files.check_owner(read));
}

TEST_CASE("checkpoint: the one before is kept") {
    const TemporaryFolder folder;
    const CheckpointFiles files(folder.path(), owner);
    TrainingState state = some_state();
    for (int epoch : {5, 6, 7}) {
        state.position.epoch = epoch;
        files.write(state, some_tensors());
    }
    CHECK(CheckpointFiles::read(files.path).state.position.epoch == 7);
    CHECK(CheckpointFiles::read(files.previous).state.position.epoch == 6);
    CHECK(folder.entry_count() == 2);
    files.remove();
    CHECK(folder.entry_count() == 0);
}

TEST_CASE("checkpoint: any altered byte and any truncation is refused") {
    const TemporaryFolder folder;
    const CheckpointFiles files(folder.path(), owner);
    files.write(some_state(), some_tensors());
    const std::string whole = read_file(files.path);
    for (std::size_t i = 0; i < whole.size(); i += 3) {
        CAPTURE(i);
        std::string altered = whole;
        altered[i] = static_cast<char>(altered[i] ^ 0x04);
        write_file(files.path, altered);
        // "format" of safetensors' own metadata is the one part that says nothing
        const std::size_t word = whole.find("\"format\":\"pt\"");
        const bool harmless = i > word && i < word + 12;
        if (!harmless)
            CHECK_THROWS_AS(CheckpointFiles::read(files.path), FileError);
    }
    for (std::size_t length = 0; length < whole.size(); length += 11) {
        write_file(files.path, whole.substr(0, length));
        CHECK_THROWS_AS(CheckpointFiles::read(files.path), FileError);
    }
}

TEST_CASE("checkpoint: of another run, the part that differs is named") {
    const TemporaryFolder folder;
    const CheckpointFiles files(folder.path(), owner);
    files.write(some_state(), some_tensors());
    const Checkpoint read = CheckpointFiles::read(files.path);
    CheckpointOwner other = owner;
    other.identity["network"] = "Other";
    const std::string error =
        error_of<FileError>([&] { CheckpointFiles(folder.path(), other).check_owner(read); });
    CHECK(contains(error, "network: found \"Net\"; expected \"Other\""));
    other.identity = {{"program", "small"}, {"network", "Net"}, {"dataset", "MNIST"}};
    CHECK(contains(error_of<FileError>([&] { CheckpointFiles(folder.path(), other).check_owner(read); }),
                   "dataset: found none; expected \"MNIST\""));
}

TEST_CASE("checkpoint: every field is needed, and of its type") {
    const TemporaryFolder folder;
    const auto path = folder / "checkpoint.safetensors";
    const nlohmann::ordered_json sound = json_of(some_state());
    write_with_text(path, sound.dump());
    CHECK_NOTHROW(CheckpointFiles::read(path));
    int fields = 0;
    const nlohmann::ordered_json flat = sound.flatten();
    for (const auto& item : flat.items()) {
        const nlohmann::ordered_json::json_pointer at(item.key());
        const std::string name = at.back();
        const bool named_by_user = contains(item.key(), "/identity/") || contains(item.key(), "/settings/") ||
                                   contains(item.key(), "/cost/") || contains(item.key(), "/results/");
        const bool may_be_missing = contains(item.key(), "/theta/");
        CAPTURE(item.key());
        if (!named_by_user && !may_be_missing) {
            nlohmann::ordered_json missing = sound;
            missing[at.parent_pointer()].erase(name);
            write_with_text(path, missing.dump());
            const std::string error = error_of<FileError>([&] { CheckpointFiles::read(path); });
            CHECK(contains(error, path.string()));
            CHECK(contains(error, name));
        }
        if (!contains(item.key(), "/results/")) {
            nlohmann::ordered_json wrong = sound;
            wrong[at] = nlohmann::ordered_json::array({1});
            write_with_text(path, wrong.dump());
            const std::string error = error_of<FileError>([&] { CheckpointFiles::read(path); });
            CHECK(contains(error, name));
            CHECK(contains(error, "found an array"));
        }
        ++fields;
    }
    CHECK(fields > 25);
}

TEST_CASE("checkpoint: numbers out of range, other formats, deep nesting") {
    const TemporaryFolder folder;
    const auto path = folder / "checkpoint.safetensors";
    const auto error_with = [&](const std::string& pointer, const nlohmann::ordered_json& value) {
        nlohmann::ordered_json json = json_of(some_state());
        json[nlohmann::ordered_json::json_pointer(pointer)] = value;
        write_with_text(path, json.dump());
        return error_of<FileError>([&] { CheckpointFiles::read(path); });
    };
    CHECK(contains(error_with("/training/position/epoch", -1), "found -1; expected a whole number from 0"));
    CHECK(contains(error_with("/training/position/epoch", 1.5), "found 1.5; expected a whole number from 0"));
    CHECK(contains(error_with("/training/position/epoch", 3'000'000'000), "found 3000000000"));
    CHECK(contains(error_with("/training/position/batch", 18446744073709551615ULL),
                   "found 18446744073709551615"));
    CHECK(contains(error_with("/training/position/best_epoch", -2), "expected a whole number from -1"));
    CHECK(contains(error_with("/format", "pliny checkpoint 2"), "expected 'pliny checkpoint 1'"));
    CHECK(error_with("/training/position/best_epoch", -1) == "no error");
    const std::string theta = "/training/curve/1/theta";
    CHECK(error_with(theta, nlohmann::ordered_json::array()) == "no error");
    CHECK(contains(error_with(theta, 0.5), "field training.curve[1].theta: found 0.5; expected a list"));
    CHECK(contains(error_with(theta + "/1", "x"),
                   "field training.curve[1].theta[1]: found \"x\"; expected a list"));
    CHECK(contains(error_with(theta + "/0/1", nullptr),
                   "field training.curve[1].theta[0][1]: found null; expected a number"));

    std::string deep = "[]";
    for (int i = 0; i < 100'000; ++i)
        deep = "[" + deep + "]";
    write_with_text(path, deep);
    CHECK(contains(error_of<FileError>([&] { CheckpointFiles::read(path); }), "nested too deep"));
    write_with_text(path, "{\"format\": ");
    CHECK(contains(error_of<FileError>([&] { CheckpointFiles::read(path); }), "found no valid JSON"));
    write_safetensors(path, {{"format", "pt"}}, some_tensors());
    CHECK(contains(error_of<FileError>([&] { CheckpointFiles::read(path); }),
                   "found no metadata entry pliny.checkpoint"));
}
