// SPDX-License-Identifier: Apache-2.0
// Costs of the plan of a network in a kernel, a thread for each of many networks with other widths;
// regularizers.
#include <pliny/core.hpp>

#include <cstddef>
#include <span>
#include <tuple>

using namespace pliny;

__global__ void params_of(const double* widths, double* costs, int networks) {
    static constexpr auto graph = plan<Cnn>; // plan<Cnn> itself is in the host's memory
    constexpr std::size_t groups = std::tuple_size_v<decltype(graph.groups)>;
    const int network = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    if (network < networks)
        costs[network] =
            total_cost(ParamsCost{}, graph, std::span<const double>(widths + network * groups, groups));
}

// Regularizers are functions of numbers that a kernel can call.
using Added = Regularizers<Duccio<Limit<Params, 600>, Limit<Ops, 400>>, Strength<0.5, Params>>;

__global__ void regularize(const double* costs, const double* limits, double* strengths, double* slopes,
                           double* value, double task_loss, double epoch) {
    const RegularizerStep step{std::span<const double>(costs, 3), std::span<const double>(limits, 2),
                               task_loss, SearchProgress(epoch, 10)};
    *value = Added::value(step, std::span<const double>(strengths, 2), std::span<double>(slopes, 3));
    Added::advance(step, std::span<double>(strengths, 2));
}
