// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/safetensors.hpp>
#include <pliny/train/training_state_json.hpp>

#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <utility>

namespace pliny {

/// What a checkpoint belongs to: what must be the same to go on (program, network, ...), each a text, and the
/// settings that the run was started with.
struct CheckpointOwner {
    nlohmann::ordered_json identity = nlohmann::ordered_json::object();
    nlohmann::ordered_json settings = nlohmann::ordered_json::object();
};

/// A checkpoint in memory.
struct Checkpoint {
    CheckpointOwner owner;
    TrainingState state;
    SafetensorsFile tensors;
};

namespace detail {

inline constexpr std::string_view checkpoint_format = "pliny checkpoint 1";

/// Of the text, and the names and bytes of all tensors in the order of their names, as eight hexadecimal
/// digits.
inline std::string checkpoint_crc32(std::string_view text, std::vector<TensorView> tensors) {
    std::ranges::sort(tensors, {}, &TensorView::name);
    const auto add = [](uLong crc, std::span<const std::byte> bytes) {
        return crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
    };
    uLong crc = add(0, std::as_bytes(std::span(text)));
    for (const TensorView& tensor : tensors)
        crc = add(add(crc, std::as_bytes(std::span(tensor.name))), tensor.data);
    char digits[9];
    std::snprintf(digits, sizeof digits, "%08lx", crc);
    return digits;
}

/// The JSON of a file, nested at most 16 deep.
inline nlohmann::ordered_json parse_json(const std::filesystem::path& path, const std::string& what,
                                         std::string_view text) {
    using Json = nlohmann::ordered_json;
    try {
        return Json::parse(text, [&](int depth, Json::parse_event_t, Json&) {
            if (depth > 16)
                file_error(path, what + ": nested too deep");
            return true;
        });
    } catch (const Json::exception&) {
        file_error(path, what + ": found no valid JSON");
    }
}

/// The parts of a checkpoint's JSON text.
inline std::pair<CheckpointOwner, TrainingState> parse_checkpoint(const std::filesystem::path& path,
                                                                  std::string_view text) {
    const nlohmann::ordered_json json = parse_json(path, "metadata entry pliny.checkpoint", text);
    const JsonFields fields(path, json);
    if (const std::string format = fields.text("format"); format != checkpoint_format)
        file_error(path,
                   "field format: found " + in_quotes(format) + "; expected " + in_quotes(checkpoint_format));
    CheckpointOwner owner{fields.object("identity").json(), fields.object("settings").json()};
    for (const char* part : {"identity", "settings"})
        for (const std::string& name : fields.object(part).names())
            fields.object(part).text(name); // all texts
    return {std::move(owner), training_state(fields.object("training"))};
}

} // namespace detail

/// The checkpoints of a run: the latest in `folder`/checkpoint.safetensors, the one before it beside.
class CheckpointFiles {
public:
    static constexpr std::string_view latest = "checkpoint.safetensors";

    CheckpointFiles(const std::filesystem::path& folder, CheckpointOwner its_owner)
        : path(folder / latest), previous(folder / "checkpoint.previous.safetensors"),
          owner(std::move(its_owner)) {}

    /// Replaces the latest checkpoint, atomically; it becomes the previous one. FileError.
    void write(const TrainingState& state, const std::vector<TensorView>& tensors) const {
        const nlohmann::ordered_json json{{"format", detail::checkpoint_format},
                                          {"identity", owner.identity},
                                          {"settings", owner.settings},
                                          {"training", detail::to_json(state)}};
        const std::string text = json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
        keep_previous();
        write_safetensors(path,
                          {{"format", "pt"},
                           {"pliny.checkpoint", text},
                           {"pliny.crc32", detail::checkpoint_crc32(text, tensors)}},
                          tensors);
    }

    /// Reads a checkpoint of any run and checks it as a whole. FileError: truncated or altered, or no
    /// checkpoint.
    static Checkpoint read(const std::filesystem::path& file) {
        SafetensorsFile tensors = read_safetensors(file);
        const auto entry = [&](std::string_view name) -> const std::string& {
            const auto found = tensors.metadata.find(name);
            if (found == tensors.metadata.end())
                detail::file_error(file, "found no metadata entry " + std::string(name) +
                                             "; expected a checkpoint of pliny");
            return found->second;
        };
        const std::string& text = entry("pliny.checkpoint");
        const std::string crc = detail::checkpoint_crc32(text, tensors.tensors);
        if (entry("pliny.crc32") != crc)
            detail::file_error(file, "found the checksum " + crc + "; expected " +
                                         detail::in_quotes(entry("pliny.crc32")) +
                                         ": the file has been altered");
        auto [owner, state] = detail::parse_checkpoint(file, text);
        return {std::move(owner), std::move(state), std::move(tensors)};
    }

    /// FileError naming the first part of the identity that differs from that of this run.
    void check_owner(const Checkpoint& checkpoint) const {
        for (const auto& [name, expected] : owner.identity.items()) {
            const auto found = checkpoint.owner.identity.find(name);
            if (found == checkpoint.owner.identity.end() || *found != expected)
                detail::file_error(checkpoint.tensors.path,
                                   "it belongs to another run: " + name + ": found " +
                                       (found == checkpoint.owner.identity.end() ? "none" : found->dump()) +
                                       "; expected " + expected.dump());
        }
    }

    void remove() const {
        std::error_code ignored;
        std::filesystem::remove(path, ignored);
        std::filesystem::remove(previous, ignored);
    }

    std::filesystem::path path, previous;
    CheckpointOwner owner;

private:
    /// A second name for the latest one, so that there is always a latest one.
    void keep_previous() const {
        namespace fs = std::filesystem;
        if (std::error_code absent; !fs::exists(path, absent))
            return;
        fs::path link = previous;
        link += ".tmp";
        std::error_code error;
        fs::remove(link, error);
        error.clear();
        fs::create_hard_link(path, link, error);
        if (!error)
            fs::rename(link, previous, error);
        else // a file system without links
            fs::copy_file(path, previous, fs::copy_options::overwrite_existing, error);
        std::error_code ignored;
        fs::remove(link, ignored); // where both were one file already
        if (error)
            detail::system_file_error(previous, "cannot be written", error.value());
    }
};

} // namespace pliny
