// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/examples.hpp>
#include <pliny/graph/network.hpp>
#include <pliny/meta/version.hpp>
#include <pliny/train/dataset_entry.hpp>
#include <pliny/train/definitions/recipe_options.hpp>
#include <pliny/train/experiment_network.hpp>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <torch/version.h>

#include <zlib.h>

#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pliny::detail {

/// What an experiment works on.
struct ExperimentSetup {
    std::string program = {}, network = {};
    std::string search = {}; // empty: a plain training
    Recipe recipe = {};
    std::string command = {};
    nlohmann::ordered_json settings = {},
                           defaults = {}; // all options as texts, and what they are if nobody gives them
    Examples train = {}, test = {}, validation = {}, held_out = {}; // the last for the architecture
    at::Device device = at::kCPU;

    /// What a checkpoint must have in common with a run that goes on from it.
    CheckpointOwner owner() const {
        return {{{"program", program},
                 {"network", network},
                 {"search", search},
                 {"dataset", train.name},
                 {"training images", std::to_string(train.size())},
                 {"checksum of the training images", std::to_string(train.checksum())}},
                settings};
    }
    /// The fields of a report that are known beforehand.
    nlohmann::ordered_json report_head() const {
        nlohmann::ordered_json examples{{"train", train.size()},
                                        {"validation", validation.size()},
                                        {"held_out", held_out.size()},
                                        {"test", test.size()}};
        const std::vector<std::int64_t> shape = train.input_shape();
        if (shape.size() == 3) {
            for (const auto& [name, axis] : {std::pair{"channels", 0u}, {"height", 1u}, {"width", 2u}})
                examples[name] = shape[axis];
        } else {
            std::int64_t features = 1;
            for (const std::int64_t extent : shape)
                features *= extent;
            examples["features"] = features;
        }
        nlohmann::ordered_json head{
            {"format", "pliny report 1"},
            {"program", program},
            {"command", command},
            {"network", network},
            {"method", search.empty() ? "none" : search.substr(0, search.find('<'))},
            {"search", nullptr},
            {"dataset", train.name},
            {"images", examples},
            {"seed", recipe.seed},
            {"device", recipe.device},
            {"threads", at::get_num_threads()},
            {"versions", {{"pliny", version}, {"libtorch", TORCH_VERSION}, {"compiler", __VERSION__}}},
            {"settings", settings},
            {"defaults", defaults}};
        if (!search.empty())
            head["search"] = search;
        if (const Loss& loss = recipe.loss; !loss.counts_right)
            head["score"] = {{"name", loss.score_name()}, {"higher_is_better", false}};
        return head;
    }
};

/// Why there is no CUDA device: `with_cuda` says whether LibTorch's half for CUDA is linked.
inline std::string no_cuda_device(bool with_cuda) {
    return with_cuda
               ? "--device cuda: LibTorch finds no CUDA device here"
               : "--device cuda: this program was built without CUDA; configure with -DPLINY_CUDA=ON and a "
                 "LibTorch for CUDA";
}

inline at::Device device_named(const std::string& name) {
    if (name != "cuda")
        return at::kCPU;
    if (!at::hasCUDA())
        throw TrainingError(no_cuda_device(at::CUDAHooksRegistry()->Has("CUDAHooks")));
    return {at::kCUDA, 0};
}

/// Reads the examples that a recipe asks for, images in the size that the network takes. DatasetError;
/// TrainingError where network, loss and data set do not fit.
inline void load_examples(ExperimentSetup& setup, const std::vector<DatasetEntry>& datasets,
                          const Shape& input, const Shape& output) {
    const Recipe& r = setup.recipe;
    const auto same_name = [&](const DatasetEntry& entry) {
        return CLI::detail::to_lower(std::string(entry.name)) == CLI::detail::to_lower(r.dataset);
    };
    const DatasetEntry& data = *std::ranges::find_if(datasets, same_name);
    const std::filesystem::path folder = r.data.empty() ? std::filesystem::path(data.default_folder) : r.data;
    if (folder.empty() && data.needs_folder)
        throw DatasetError(joined(data.name, ": give the folder of its files as --data"));
    const std::span<const std::int64_t> outputs(output.extent, static_cast<std::size_t>(output.rank));
    const auto refuse_classes = [&](std::int64_t classes) {
        throw TrainingError(joined(setup.network, " has outputs of shape ", shape_text(output), "; ",
                                   data.name, " has ", classes, " classes"));
    };
    if (r.loss.name == "cross-entropy" && data.classes > 0 && (output.rank != 1 || output[0] != data.classes))
        refuse_classes(data.classes); // before anything is read
    Examples train = data.train(folder), test = data.test(folder);
    train.check();
    test.check();
    const std::vector<std::int64_t> found = train.input_shape(),
                                    wanted(input.extent, input.extent + input.rank);
    const bool fits = train.are_bytes() ? input.rank == 3 && wanted[0] == found[0] : wanted == found;
    if (!fits)
        throw TrainingError(joined(setup.network, " takes inputs of shape ", shape_text(input), "; ",
                                   data.name, " has ",
                                   train.are_bytes() ? joined("images with ", found[0], " channel(s)")
                                                     : joined("inputs of ", extents_text(found))));
    if (test.input_shape() != found || test.target_shape() != train.target_shape() ||
        test.classes != train.classes)
        throw DatasetError(
            joined(data.name, ": the examples for testing have other shapes than those for training"));
    if (r.loss.name == "cross-entropy" && train.classes > 0 &&
        (output.rank != 1 || output[0] != train.classes))
        refuse_classes(train.classes);
    r.loss.check(outputs, train);
    if (r.limit_train > 0)
        train = train.first(r.limit_train);
    if (r.limit_test > 0)
        test = test.first(r.limit_test);
    const auto ready = [&](const Examples& examples) {
        return (examples.are_bytes() ? examples.resized(input[1], input[2]) : examples).to(setup.device);
    };
    const auto held_out = [&](std::string_view option, std::int64_t count, std::string_view besides) {
        if (count >= train.size())
            throw DatasetError(joined(option, " ", count, ": there are ", train.size(), " training ",
                                      train.are_bytes() ? "images" : "examples", besides));
        const Examples last = train.slice(train.size() - count, count);
        train = train.first(train.size() - count);
        return ready(last);
    };
    if (r.validation > 0)
        setup.validation = held_out("--validation", r.validation, "");
    if (r.bilevel > 0)
        setup.held_out =
            held_out("--bilevel", r.bilevel, r.validation > 0 ? " besides those of --validation" : "");
    setup.train = ready(train);
    setup.test = ready(test);
}

/// A folder in which phases leave networks for those after them. What a run's checkpoints do not hold is
/// here; the checksums are in its results.
class RunFolder {
public:
    RunFolder(std::filesystem::path where, nlohmann::ordered_json& its_results)
        : folder(std::move(where)), results(its_results) {}

    void leave(const std::string& name, ExperimentNetwork& network) {
        network.save(folder / name);
        results["files"][name] = checksum(folder / name);
    }
    /// The path of a file that a phase has left. FileError where it is not what was left.
    std::filesystem::path enter(const std::string& name) const {
        const auto recorded = results.at("files").find(name);
        if (recorded == results.at("files").end() || *recorded != checksum(folder / name))
            file_error(folder / name, "it is not the file that an earlier phase of this run has written");
        return folder / name;
    }

private:
    std::filesystem::path folder;
    nlohmann::ordered_json& results;

    static std::string checksum(const std::filesystem::path& file) {
        const std::unique_ptr<std::FILE, int (*)(std::FILE*)> opened(std::fopen(file.c_str(), "rb"),
                                                                     &std::fclose);
        if (!opened)
            system_file_error(file, "cannot be read", errno);
        std::vector<Bytef> buffer(1 << 20);
        uLong crc = 0;
        for (std::size_t n; (n = std::fread(buffer.data(), 1, buffer.size(), opened.get())) > 0;)
            crc = crc32_z(crc, buffer.data(), n);
        return std::to_string(crc);
    }
};

} // namespace pliny::detail
