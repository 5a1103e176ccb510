// SPDX-License-Identifier: Apache-2.0
// SuperNets against the network that has only the largest alternative.
#pragma once

#include "race.hpp"

namespace {

using namespace pliny;

template <class Convs>
using CnnOf = CnnWith<Convs>;
template <class Convs>
using ResNet8Of = ResNet8With<Convs, Image<3, 32, 32>, 10>;

/// Multiply-accumulates of what runs while all alternatives count: of merged ones, that with the largest
/// kernel.
template <class Net>
double macs_that_run() {
    double sum = 0;
    for (int row = 1; row < plan<Net>.size(); ++row)
        if constexpr (choice_count<std::remove_const_t<decltype(plan<Net>)>> == 0)
            sum += static_cast<double>(plan<Net>[row].facts.macs());
        else if (!pliny::detail::ChoiceFolds<Net>::absorbed(row))
            sum += static_cast<double>(plan<Net>[row].facts.macs());
    return sum;
}

template <template <class> class NetOf, class Optimizer>
void race_choices(const std::string& name, std::int64_t batch, const race::Settings& settings,
                  nlohmann::ordered_json& rows) {
    using Largest = NetOf<OneKernel<5>>;
    using Report = NetOf<ReportChoices>;
    using Kernels = NetOf<KernelChoices>;
    const auto [x, y] = race::noise<Largest>(batch);
    std::vector<race::Contender> contenders;
    const auto add = [&, x = x, y = y]<class X, class Net>(const char* method, X*, Net*,
                                                           const auto& penalty) {
        auto model = std::make_shared<Model<X>>();
        contenders.push_back({method, 0, race::stepper<Optimizer>(model, model->parameters(), x, y, penalty),
                              macs_that_run<Net>() / macs_that_run<Largest>()});
    };
    const auto search = [&]<class Net, class... Parts>(const char* method, Net* net, List<Parts...>) {
        using S = SuperNet<Net, Cost<Params>, Parts...>;
        add(method, static_cast<S*>(nullptr), net, race::with_penalty);
    };
    Report* report = nullptr;
    Kernels* kernels = nullptr;
    Largest* largest = nullptr;
    add("5x5 alone", largest, largest, race::no_penalty);
    search("Softmax", report, List<Softmax, Duccio<Limit<Percent<95>>>>{});
    search("SinglePath", report, List<SinglePath, Duccio<Limit<Percent<95>>>>{});
    search("Softmax, merged", kernels, List<Softmax, Duccio<Limit<Percent<95>>>>{});
    for (std::size_t i = 1; i < contenders.size(); ++i)
        if (contenders[i].method == "SinglePath")
            contenders[i].macs_ratio.reset(); // by chance
    race::run(name, batch, contenders, settings, rows);
}

} // namespace
