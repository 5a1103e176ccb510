// SPDX-License-Identifier: Apache-2.0
// One model in eval mode without gradients, asked by many threads at once, from its very first input on.
#include <pliny/core.hpp>
#include <pliny/deploy/exported.hpp>
#include <pliny/deploy/quantized.hpp>
#include <pliny/nn/methods/mps.hpp>
#include <pliny/nn/methods/pit.hpp>
#include <pliny/nn/methods/super_net.hpp>

#include "support/tensors.hpp"

#include <doctest/doctest.h>

#include <latch>
#include <thread>
#include <vector>

using namespace pliny;
using namespace pliny::testing;

namespace {

struct ManyReaders : Network<Image<2, 8, 8>,
                             Sequential<Conv2d<6, Kernel<3>, NoBias>, BatchNorm2d, ReLU, Conv2d<8, Kernel<3>>,
                                        ReLU, AvgPool2d<2>, Flatten, Dropout, Linear<3>>> {};
struct ManyReadersChoose
    : Network<Image<2, 8, 8>, Sequential<Choice<Conv2d<4, Kernel<3>, SamePadding>, Conv2d<4, Kernel<1>>>,
                                         BatchNorm2d, ReLU, Flatten, Linear<3>>> {};

/// Every thread asks for the same input first, which a model may have to prepare itself for, then for one of
/// its own, again and again; outputs are those of a copy that one thread asks.
template <class M>
void check_readers(M model, int rounds = 3) {
    constexpr std::size_t threads = 8;
    at::manual_seed(3);
    model.eval();
    const at::NoGradGuard no_grad;
    const at::Tensor first = random_batch(M::graph[0].out(), 4);
    std::vector<at::Tensor> own;
    for (std::size_t t = 0; t < threads; ++t)
        own.push_back(random_batch(M::graph[0].out(), 2));

    std::vector<std::vector<at::Tensor>> given(threads);
    {
        std::latch start(threads);
        std::vector<std::thread> readers;
        for (std::size_t t = 0; t < threads; ++t)
            readers.emplace_back([&, t] {
                const at::NoGradGuard none; // each thread has a mode of its own
                start.arrive_and_wait();
                given[t].push_back(model(first));
                for (int round = 0; round < rounds; ++round)
                    given[t].push_back(model(own[t]));
            });
        for (std::thread& reader : readers)
            reader.join();
    }
    M alone = copy_of(model);
    for (std::size_t t = 0; t < threads; ++t) {
        CHECK(at::equal(given[t][0], alone(first)));
        for (std::size_t round = 1; round < given[t].size(); ++round)
            CHECK(at::equal(given[t][round], alone(own[t])));
    }
}

using SearchOfBits = Mps<ManyReaders, Weights<2, 8>, Activations<4, 8>>;
using SearchWithNorms =
    Mps<ManyReaders, Weights<0, 2, 8>, Activations<8>, PerChannel, KeepBatchNorm, LearnedSteps>;

} // namespace

TEST_CASE("Many threads ask one plain or found network") {
    check_readers(Model<ManyReaders>());
    check_readers(Model<Pit<ManyReaders, Cost<Params>>>().exported());
}
TEST_CASE("Many threads ask one search of channels or alternatives") {
    check_readers(Model<Pit<ManyReaders, Cost<Params>>>());
    check_readers(Model<SuperNet<ManyReadersChoose>>());
    check_readers(Model<Pit<SuperNet<ManyReadersChoose>, Cost<Params>>>());
}
TEST_CASE("Many threads give one search of bits its first input") {
    check_readers(Model<SearchOfBits>());
    check_readers(Model<SearchWithNorms>());
    Model<SearchOfBits> calibrated;
    calibrated.calibrate({random_batch(Model<SearchOfBits>::graph[0].out(), 16)});
    check_readers(std::move(calibrated));
}
TEST_CASE("Many threads ask one quantized network") {
    Model<SearchOfBits> search;
    search.calibrate({random_batch(Model<SearchOfBits>::graph[0].out(), 16)});
    check_readers(search.exported());
}
