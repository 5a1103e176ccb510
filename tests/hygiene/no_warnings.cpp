// SPDX-License-Identifier: Apache-2.0
// What a user of the torch-free half instantiates; `no_warnings.py` compiles it with warnings on.
#include <pliny/core.hpp>
#include <pliny/meta/type_name.hpp>

#include <string>
#include <vector>

using namespace pliny;

namespace {

struct Own
    : Network<Image<3, 8, 8>,
              Sequential<Conv2d<8, Kernel<3>, SamePadding>, BatchNorm2d, ReLU,
                         Residual<Sequential<Conv2d<8>, Tanh, Dropout>>, MaxPool2d<2>, Flatten, Linear<10>>> {
};
struct Choosing : Network<Image<3, 8, 8>, Sequential<Conv2d<8>, Residual<Choice<Conv2d<8>, Zero, Identity>>,
                                                     Concat<Identity, Conv2d<2>>, Flatten, Linear<4>>> {};

using Pruning = Pit<Own, Cost<Params, Ops>, Duccio<Limit<Params, Percent<50>>>, Multiple<2>>;
using Choices = SuperNet<Choosing, Cost<Params>, Strength<1e-6>, Gumbel, Entropy<0.1>, InverseVariation<0.1>>;
using Both = Pit<SuperNet<Choosing>, Cost<Params, Ops>, Duccio<Limit<Params, Percent<70>>>>;
using Bits = Mps<Own, Cost<ParamsBit, OpsBit, MpicLatency>, Weights<0, 2, 4, 8>, Activations<4, 8>,
                 PerChannel, Duccio<Limit<ParamsBit, Percent<50>>, Limit<MpicLatency, Percent<60>>>>;
using Accelerated =
    Mps<Own, Cost<Ne16Latency, DianaLatency>, Weights<2, 8>, Activations<8>, Strength<1e-6, Ne16Latency>>;

std::vector<double> numbers(int count) {
    std::vector<double> values;
    for (int i = 0; i < count; ++i)
        values.push_back(0.01 * (i * 37 % 101));
    return values;
}

template <class Search>
std::string searched() {
    std::vector<double> alpha = numbers(Search::space::alphas);
    const Settled settled = Settle<Search>::apply(alpha);
    return describe<Search>() + spelled_type<Search>() + std::to_string(settled.removed);
}

template <class Search>
std::string searched_bits() {
    using Space = typename Search::bit_space;
    std::vector<double> alpha = numbers(static_cast<int>(Space::shares));
    Settle<Search>::apply(alpha);
    const auto shares = BitShares<Space>::one_hot(BitShares<Space>::largest(alpha));
    std::vector<double> slopes(shares.size());
    double sum = BitCosts<Space>::gradient(ParamsBit, shares, slopes, 1.0);
    return describe<Search>() + std::to_string(sum);
}

} // namespace

int main() {
    static_assert(cost_of<Own, Params> > 0 && cost_of<Own, Ops> > 0);
    return (describe<Own>() + spelled_network<Own>() + searched<Pruning>() + searched<Both>() +
            searched_bits<Bits>() + searched_bits<Accelerated>())
        .empty();
}
