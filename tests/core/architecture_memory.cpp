// SPDX-License-Identifier: Apache-2.0
// The program between alpha and what costs read allocates nothing.
#include <pliny/core.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#if defined(__SANITIZE_ADDRESS__) // has an allocator of its own
#define PLINY_COUNTS_ALLOCATIONS 0
#else
#define PLINY_COUNTS_ALLOCATIONS 1
#endif

namespace {
long allocations = 0;
}

#if PLINY_COUNTS_ALLOCATIONS
void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size == 0 ? 1 : size))
        return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif

using namespace pliny;

namespace {

// clang-format off
struct Sized : Network<Image<2, 8, 8>, Sequential<
    Conv2d<8, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU,
    Choice<Conv2d<8, Kernel<3>, Padding<1>>, Sequential<Conv2d<4>, ReLU, Conv2d<8>>, Identity>, ReLU,
    Residual<Conv2d<8>>, MaxPool2d<4>, Flatten, Linear<3>>> {};
// clang-format on

/// Allocations of a whole step: what the alphas say, costs, derivatives, penalty, the gradient of alpha.
template <class Search, auto Metric>
long allocations_of_step() {
    using Program = Architecture<Search>;
    const auto now = std::make_unique<typename Program::State>();
    const auto slopes = std::make_unique<typename Program::Slopes>();
    const std::vector<float> alpha(Program::alphas, 0.75f);
    std::vector<double> gradient(Program::alphas);
    const long before = allocations;
    Program::spread(std::span<const float>(alpha), now->number);
    Program::relax(*now);
    const double value = Program::add_slopes(Metric, *now, *slopes, 1);
    Program::through(*now, *slopes, gradient);
    CHECK(value > 0);
    return allocations - before;
}

} // namespace

TEST_CASE("architecture: a step allocates nothing" * doctest::skip(!PLINY_COUNTS_ALLOCATIONS)) {
    {
        const long before = allocations;
        const std::vector<int> counted(3);
        CHECK(allocations == before + 1);
    }
    CHECK(allocations_of_step<Pit<SuperNet<Sized>, Cost<Params>>, Params>() == 0);
    CHECK(allocations_of_step<Pit<SuperNet<Sized>, Multiple<4>, RelaxedCost, Cost<Ops>>, Ops>() == 0);
    CHECK(allocations_of_step<SuperNet<Sized, Gumbel>, Params>() == 0);
    CHECK(allocations_of_step<Mps<SuperNet<Sized>, PerChannel, Weights<0, 2, 8>, HardGumbel>, OpsBit>() == 0);
    CHECK(allocations_of_step<Mps<Pit<SuperNet<Sized>>>, MpicLatency>() == 0);
}
