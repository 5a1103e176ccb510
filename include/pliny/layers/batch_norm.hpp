// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>
#include <pliny/layers/options.hpp>

namespace pliny::detail {
struct BatchNormRuntime;
}

namespace pliny {

/// Batch normalisation over channels of inputs of rank `Rank` (batch not counted), with options.
template <int Rank, class... Options>
struct BatchNorm {
    static_assert(
        known_options<List<Options...>, Sets::Epsilon, Sets::Momentum, Sets::Affine>,
        "[batch_norm.1] batch norm does not know one of its options; it takes Epsilon, Momentum, NoAffine");
    static_assert(distinct_options<Options...>,
                  "[batch_norm.2] an option of batch norm is given twice; keep one of each");

    static constexpr bool affine = !has_option<Sets::Affine, Options...>;
    using runtime = detail::BatchNormRuntime;

    static constexpr Facts facts(const Shape& in) {
        Facts facts{.kind = Rank == 3 ? Kind::BatchNorm2d : Kind::BatchNorm1d,
                    .out = in,
                    .keeps_zero = false,
                    .joins_chain = true,
                    .traits = {.normalises = true, .has_mode = true, .output_unread = true}};
        if (in.rank != Rank)
            facts.problem = {Rank == 3 ? Fault::NormNeedsImage : Fault::NormNeedsFeatures, in};
        facts.epsilon = Option<Sets::Epsilon, Epsilon<1e-5>, Options...>::value;
        facts.momentum = Option<Sets::Momentum, Momentum<0.1>, Options...>::value;
        facts.norm = affine ? 2 * in.channels() : 0;
        return facts;
    }
    static std::string spelled(std::int64_t) {
        const std::string name = Rank == 3 ? "BatchNorm2d" : "BatchNorm1d";
        return sizeof...(Options) == 0 ? name : spelled_layer<Options...>(name + "::With", "");
    }
};

/// Batch normalisation of images (torch.nn.BatchNorm2d); `BatchNorm2d::With<Epsilon<1e-3>, Momentum<0.01>>`
/// for options.
struct BatchNorm2d : BatchNorm<3> {
    template <class... Options>
    using With = BatchNorm<3, Options...>;
};

/// Batch normalisation of feature vectors (torch.nn.BatchNorm1d); options as for BatchNorm2d.
struct BatchNorm1d : BatchNorm<1> {
    template <class... Options>
    using With = BatchNorm<1, Options...>;
};

} // namespace pliny
