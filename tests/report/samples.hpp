// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/contains.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <string>

namespace pliny::testing {

/// The path of a report in this folder: cnn_pit_duccio (without what later versions write), cnn_pit (no
/// limits, no baseline), cnn_pit_far (ended far from its limit, resumed, times that are not steady),
/// cnn_supernet (three choices, one of them inside another), cnn_mps (bits by channel), cnn_train (plain),
/// mlp_mse (vectors, judged by an error).
inline std::filesystem::path sample_path(const std::string& name) {
    return std::filesystem::path(PLINY_TEST_DATA) / "../report" / (name + ".json");
}

inline nlohmann::ordered_json sample(const std::string& name) {
    std::ifstream file(sample_path(name));
    return nlohmann::ordered_json::parse(file);
}

} // namespace pliny::testing
