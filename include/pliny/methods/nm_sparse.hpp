// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/transformed.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace pliny {

/// Of every M neighbours along the input axis of a weight, for each output channel and each place of the
/// kernel apart, the N of largest magnitude stay, the first of equals; the others are 0: N is Kept, M is Of.
/// Layers of which M does not divide the number of inputs of a group stay dense, so depthwise convolutions
/// do.
template <int Kept, int Of>
struct NmPattern {
    static_assert(0 < Kept && Kept < Of,
                  "[nm_sparse.1] NmSparse<N, M, ...> keeps N of every M weights: 0 < N < M");
    static constexpr int multiple = Of;

    static constexpr bool applies(const Facts& facts, const Shape& in) {
        return !facts.depthwise && in.channels() / facts.groups % Of == 0;
    }
    static constexpr Density density(const Facts&, const Shape&) { return {Kept, Of}; }
    static std::string spelled() {
        return "NmPattern<" + std::to_string(Kept) + ", " + std::to_string(Of) + ">";
    }
    /// weight: [out, in, ...].
    template <class Tensor>
    static Tensor forward(const Tensor& weight) {
        Tensor made = weight.clone();
        const Tensor groups = made.unflatten(1, {weight.size(1) / Of, Of}), size = groups.abs();
        std::vector<Tensor> above(Of, weight.new_zeros(size.select(2, 0).sizes())); // neighbours before it
        for (int i = 0; i < Of; ++i)
            for (int j = 0; j < i; ++j) {
                const Tensor first = size.select(2, j).ge(size.select(2, i)).to(weight.scalar_type());
                above[at(i)] = above[at(i)] + first;
                above[at(j)] = above[at(j)] + (1 - first);
            }
        for (int i = 0; i < Of; ++i)
            groups.select(2, i).masked_fill_(above[at(i)].ge(Kept), 0);
        return made;
    }

private:
    static constexpr std::size_t at(int i) { return static_cast<std::size_t>(i); }
};

/// A network with N:M sparsity (Mishra et al., Accelerating Sparse Deep Neural Networks, 2021; Zhou et al.,
/// Learning N:M Fine-grained Structured Sparse Neural Networks From Scratch, 2021), see NmPattern. It is
/// trained, exported and searched as the network itself: `Mps<Pit<NmSparse<2, 4, Net>>, ...>`; Pit then keeps
/// a multiple of M channels, of which those alive are neighbours. Excludes: Exclude<...>, layers that stay
/// dense.
template <int Kept, int Of, class Subject, class... Excludes>
using NmSparse = Transformed<Subject, NmPattern<Kept, Of>, Excludes...>;

} // namespace pliny
