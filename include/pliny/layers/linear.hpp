// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/layers/concept.hpp>
#include <pliny/layers/options.hpp>

namespace pliny::detail {
struct LinearRuntime;
}

namespace pliny {

/// Fully connected layer with `OutFeatures` output features. Option: NoBias.
template <std::int64_t OutFeatures, class... Options>
struct Linear {
    static_assert(OutFeatures > 0, "[linear.1] Linear needs a positive number of output features");
    static_assert(known_options<List<Options...>, Sets::Bias>,
                  "[linear.2] Linear does not know one of its options; it takes NoBias");
    static_assert(distinct_options<Options...>,
                  "[linear.3] an option of Linear is given twice; keep one of each");

    static constexpr bool bias = !has_option<Sets::Bias, Options...>;
    using runtime = detail::LinearRuntime;

    /// weights = OutFeatures x in (PyTorch, torch.nn.Linear).
    static constexpr Facts facts(const Shape& in) {
        Facts facts{.kind = Kind::Linear, .out = Shape{OutFeatures}, .channels = Channels::Mix};
        if (in.rank != 1)
            facts.problem = {Fault::LinearNeedsFeatures, in};
        facts.weights = OutFeatures * in.channels();
        facts.biases = bias ? OutFeatures : 0;
        facts.keeps_zero = !bias;
        facts.traits.output_unread = true;
        return facts;
    }
    static std::string spelled(std::int64_t out) {
        return spelled_layer<Options...>("Linear", std::to_string(out));
    }
};

} // namespace pliny
