// SPDX-License-Identifier: Apache-2.0
// Searches for bits, and a network of 8 bits, against the float network with the norms that it has.
#pragma once

#include "race.hpp"

namespace {

using namespace pliny;

template <class Net>
constexpr bool has_norms() {
    for (int row = 1; row < plan<Net>.size(); ++row)
        if (plan<Net>[row].facts.kind == Kind::BatchNorm2d)
            return true;
    return false;
}

template <class Net, class Optimizer>
void race_bits(const std::string& name, std::int64_t batch, const race::Settings& settings,
               nlohmann::ordered_json& rows) {
    using race::no_penalty;
    using race::with_penalty;
    using Limited = Duccio<Limit<Percent<50>>>;
    const auto [x, y] = race::noise<Net>(batch);
    std::vector<race::Contender> contenders;
    const auto add = [&, x = x, y = y]<class Trained>(const char* method, Trained*, const auto& penalty) {
        auto model = std::make_shared<Model<Trained>>();
        contenders.push_back(
            {method, 0, race::stepper<Optimizer>(model, model->parameters(), x, y, penalty)});
    };
    Net* network = nullptr;
    Mps<Net, Weights<8>, Activations<8>>* fixed = nullptr;
    Mps<Net, Weights<2, 4, 8>, Activations<2, 4, 8>, Limited>* layers = nullptr;
    Mps<Net, Weights<0, 2, 4, 8>, Activations<8>, PerChannel, Limited>* channels = nullptr;
    add(has_norms<Net>() ? "Model" : "Model, no norm", network, no_penalty);
    add("w8 a8", fixed, no_penalty);
    add("w2,4,8 a2,4,8", layers, with_penalty);
    add("w0,2,4,8 channels a8", channels, with_penalty);
    race::run(name, batch, contenders, settings, rows);
}

} // namespace
