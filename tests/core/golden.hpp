// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <fstream>
#include <string>

namespace pliny::test {

/// The cases of a file of golden values.
inline nlohmann::json golden_cases(const std::string& name) {
    std::ifstream file(std::string(PLINY_TEST_DATA) + "/" + name);
    return nlohmann::json::parse(file).at("cases");
}

} // namespace pliny::test
