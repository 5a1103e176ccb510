// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/concept.hpp>
#include <pliny/meta/compiled.hpp>
#include <pliny/meta/is_finite.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/nn/autograd/alphas.hpp>
#include <pliny/nn/graph/network_module.hpp>
#include <pliny/regularizers/duccio.hpp>
#include <pliny/regularizers/feasibility.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <utility>

namespace pliny {

/// Where a search stands against one of its limits.
struct LimitReport {
    std::string cost;
    double limit = 0;
    double value = 0;
    bool satisfied() const { return value <= limit; }
};

namespace detail {

/// Calls f<number, cost>() for every limit of a search.
template <class Search, class Function>
void for_each_limit(Function f) {
    using Costs = typename Search::costs;
    [&]<std::size_t... Place>(std::index_sequence<Place...>) {
        constexpr auto indices =
            RegularizerTraits<typename Search::regularizer>::template cost_indices<Costs>;
        (f.template operator()<Place, cost_at<static_cast<std::size_t>(indices[Place]), Costs>>(), ...);
    }
    (std::make_index_sequence<Search::limits.size()>{});
}

/// ModelError unless `epoch`, from 0 to the end of the last, is one of `epochs`.
PLINY_INLINE void check_epoch(double epoch, double epochs);
/// ModelError unless a task loss is one number; its value is not looked at.
PLINY_INLINE void check_loss(const at::Tensor& task_loss);
/// What a regularizer without limits adds to the loss: nothing, or a cost of the model times a strength.
template <class Search, class Model>
at::Tensor priced_by_strength(const Model& model, const at::TensorOptions& options) {
    using Regularizer = typename Search::regularizer;
    if constexpr (std::is_same_v<Regularizer, NoRegularizer>) {
        return at::zeros({}, options.requires_grad(false));
    } else {
        using Costs = typename Search::costs;
        constexpr auto metric =
            cost_at<static_cast<std::size_t>(Regularizer::template index_in<Costs>()), Costs>;
        return model.template cost_tensor<metric>() * Regularizer::value;
    }
}

PLINY_INLINE double finite_loss(const at::Tensor& task_loss);

/// The limits of a search in one step; their strengths, from a tensor, live longer.
template <class Search>
class LimitTerms {
    std::array<DuccioTerm, Search::limits.size()> terms;
    bool armed = false;

public:
    explicit LimitTerms(const at::Tensor& strengths) {
        const std::vector<double> known = read(strengths);
        for (std::size_t l = 0; l < terms.size(); ++l)
            terms[l] = {.limit = Search::limits[l], .gain = Search::regularizer::gain, .strength = known[l]};
    }
    /// The sum of what the limits add to the loss. `price<cost>(slope_at)` calls slope_at(cost) and adds the
    /// gradient of the cost times what that gives.
    template <class Price>
    double value(const at::Tensor& task_loss, double epoch, double epochs, const Price& price) {
        const double ramp = DuccioTerm::ramp(epoch, epochs);
        double sum = 0;
        for_each_limit<Search>([&]<std::size_t Place, auto Metric>() {
            price.template operator()<Metric>([&](double cost) {
                DuccioTerm& term = terms[Place];
                if (term.strength == 0 && cost > term.limit) {
                    term.arm(cost, finite_loss(task_loss));
                    armed = true;
                }
                sum += term.value(cost, ramp);
                return term.slope(cost, ramp);
            });
        });
        return sum;
    }
    void keep(const at::Tensor& strengths) const {
        if (armed)
            for (std::size_t l = 0; l < terms.size(); ++l)
                strengths[static_cast<std::int64_t>(l)] = terms[l].strength;
    }
};

} // namespace detail
} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/nn/methods/definitions/limit_terms.hpp>
#endif
