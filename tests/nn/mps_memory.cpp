// SPDX-License-Identifier: Apache-2.0
// What a training step of a search for bits keeps for its backward pass: what its quantizers read, and no
// quantized values, however many candidates there are.
#include <pliny/core.hpp>
#include <pliny/deploy/quantized.hpp>
#include <pliny/models/cnn.hpp>
#include <pliny/models/resnet8.hpp>
#include <pliny/nn/methods/mps.hpp>

#include "support/tensors.hpp"

#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>
#include <doctest/doctest.h>

#include <memory>

using namespace pliny;
using namespace pliny::testing;

namespace {

/// Counts what is allocated and not freed again.
struct Counter : c10::MemoryReportingInfoBase {
    std::int64_t live = 0;
    void reportMemoryUsage(void*, std::int64_t size, std::size_t, std::size_t, c10::Device) override {
        live += size;
    }
    bool memoryProfilingEnabled() const override { return true; }
};

/// Bytes that one forward pass of a model leaves behind for backward, from its second step on.
template <class M>
std::int64_t saved_bytes(std::int64_t samples) {
    M model;
    const at::Tensor x = random_batch(M::graph[0].out(), samples);
    model(x).sum().backward();
    const auto counter = std::make_shared<Counter>();
    const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, counter);
    const at::Tensor y = model(x);
    return counter->live - static_cast<std::int64_t>(y.nbytes());
}

/// `most`: of what the plain network keeps.
template <class Net>
void check_saved(double most) {
    constexpr std::int64_t samples = 16;
    const std::int64_t plain = saved_bytes<Model<Net>>(samples);
    const std::int64_t one = saved_bytes<Model<Mps<Net, Weights<8>, Activations<8>>>>(samples);
    const std::int64_t four = saved_bytes<Model<Mps<Net, Weights<8>, Activations<2, 4, 6, 8>>>>(samples);
    CAPTURE(plain);
    CHECK(static_cast<double>(one) <= most * static_cast<double>(plain));
    CHECK(four == one);
}

} // namespace

TEST_CASE("A search for bits keeps two thirds of what a network with norms keeps for backward") {
    check_saved<Cnn>(0.65);
}
TEST_CASE("Sums, and layers without norm before them, are kept as well") { check_saved<ResNet8>(0.82); }
