// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/spelling.hpp>
#include <pliny/meta/text.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pliny {

/// A choice of a network and what it takes.
struct ChoiceMade {
    std::string path;
    std::vector<std::string> alternatives; // as C++ types
    std::optional<int> chosen;             // none inside an alternative that is not taken
};

/// Every choice, in the order of the plan.
template <class Net>
std::vector<ChoiceMade> choices_made(const PathOf<Net>& chosen) {
    const auto running = running_alternatives(plan<Net>, chosen);
    const auto spelled = spelled_alternatives<Net>();
    std::vector<ChoiceMade> made;
    for (std::size_t c = 0; c < chosen.size(); ++c) {
        const Row& choice = plan<Net>[plan<Net>.choices[c]];
        made.push_back(
            {std::string(choice.path.view()), spelled[c],
             runs(plan<Net>, plan<Net>.choices[c], running) ? std::optional(chosen[c]) : std::nullopt});
    }
    return made;
}

/// The same as a table, with the shares of the alternatives where they are given.
template <class Net>
std::string choices_table(const PathOf<Net>& chosen, std::span<const std::vector<double>> thetas = {}) {
    const std::size_t width = thetas.empty() ? 0 : 32;
    std::string text = left("choice", 24) + " " + left(thetas.empty() ? "" : "theta", width) + " chosen\n";
    std::size_t c = 0;
    for (const ChoiceMade& made : choices_made<Net>(chosen)) {
        std::string shares;
        if (!thetas.empty())
            for (double theta : thetas[c++])
                shares += (shares.empty() ? "" : " ") + decimals(theta, 2);
        text += left(made.path, 24) + " " + left(shares, width) + " " +
                (made.chosen ? made.alternatives[static_cast<std::size_t>(*made.chosen)] : "-") + "\n";
    }
    return text;
}

} // namespace pliny
