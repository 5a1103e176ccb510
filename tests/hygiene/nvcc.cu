// SPDX-License-Identifier: Apache-2.0
// Costs of the plan of a network in a kernel: a thread for each of many networks with other widths.
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
