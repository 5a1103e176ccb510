// SPDX-License-Identifier: Apache-2.0
// The JSON of a checkpoint: all fields of their type and in range, or refused. What is accepted can be
// written and read again, and is the same.
#include <pliny/train/checkpoint.hpp>

#include "scratch.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pliny;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::filesystem::path path = "checkpoint.safetensors";
    try {
        const auto [owner, state] = detail::parse_checkpoint(path, text);
        testing::require(state.position.epoch >= 0 && state.position.batch >= 0 &&
                         state.position.best_epoch >= -1);
        const nlohmann::ordered_json again{{"format", detail::checkpoint_format},
                                           {"identity", owner.identity},
                                           {"settings", owner.settings},
                                           {"training", detail::to_json(state)}};
        const auto [same_owner, same_state] = detail::parse_checkpoint(path, again.dump());
        testing::require(same_owner.identity == owner.identity && same_owner.settings == owner.settings);
        testing::require(detail::to_json(same_state) == detail::to_json(state));
    } catch (const FileError&) {
    }
    return 0;
}
