// SPDX-License-Identifier: Apache-2.0
// Searches in one another, against the one inside: what another method costs in a step.
#pragma once

#include "race.hpp"

namespace {

using namespace pliny;

template <class Net, class NetWithChoices, class Optimizer>
void race_composed(const std::string& name, std::int64_t batch, const race::Settings& settings,
                   nlohmann::ordered_json& rows) {
    using Half = Duccio<Limit<Percent<50>>>;
    const auto [x, y] = race::noise<Net>(batch);
    std::vector<race::Contender> contenders;
    const auto add = [&, x = x, y = y]<class Search>(const char* method, std::size_t reference, Search*) {
        auto model = std::make_shared<Model<Search>>();
        contenders.push_back(
            {method, reference,
             race::stepper<Optimizer>(model, model->parameters(), x, y, race::with_penalty)});
    };
    Mps<Net, Half>* bits = nullptr;
    Mps<Pit<Net>, Half>* widths_and_bits = nullptr;
    SuperNet<NetWithChoices, Cost<Params>, Half>* choices = nullptr;
    Pit<SuperNet<NetWithChoices>, Cost<Params>, Half>* widths_and_choices = nullptr;
    Mps<SuperNet<NetWithChoices>, Half>* choices_and_bits = nullptr;
    Mps<Pit<SuperNet<NetWithChoices>>, Half>* all = nullptr;
    add("Mps", 0, bits);
    add("Mps<Pit>", 0, widths_and_bits);
    add("SuperNet", 2, choices);
    add("Pit<SuperNet>", 2, widths_and_choices);
    add("Mps<SuperNet>", 2, choices_and_bits);
    add("Mps<Pit<SuperNet>>", 4, all);
    race::run(name, batch, contenders, settings, rows);
}

} // namespace
