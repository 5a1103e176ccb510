// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/regularizers/concept.hpp>

#include <cstddef>
#include <span>
#include <type_traits>

namespace pliny {

/// Several regularizers, which add up: `Regularizers<Duccio<Limit<Params, 60'000>>, Strength<1e-6, Ops>>`.
template <class... Parts>
struct Regularizers {
    static_assert(sizeof...(Parts) > 0 && (Regularizer<Parts> && ...),
                  "[regularizers.1] Regularizers<...> takes one regularizer or more, such as Duccio<...>, "
                  "Strength<...> or one of your own; see regularizers/concept.hpp");
};

template <class... Parts>
    requires(sizeof...(Parts) > 0 && (Regularizer<Parts> && ...))
struct Regularizers<Parts...> {
    using terms = Append<typename Parts::terms...>;
    static constexpr std::size_t states = (std::size_t{0} + ... + Parts::states);
    static constexpr bool linear = (detail::is_linear<Parts>() && ...);

    static constexpr double value(const RegularizerStep& step, std::span<const double> state,
                                  std::span<double> slopes) {
        double sum = 0;
        each_part(
            step, [&]<class Part>(std::type_identity<Part>, const RegularizerStep& own, const Place& at) {
                sum += Part::value(own, state.subspan(at.state, Part::states),
                                   slopes.subspan(at.term, RegularizerTerms<typename Part::terms>::size));
            });
        return sum;
    }
    static constexpr void advance(const RegularizerStep& step, std::span<double> state) {
        each_part(step,
                  [&]<class Part>(std::type_identity<Part>, const RegularizerStep& own, const Place& at) {
                      Part::advance(own, state.subspan(at.state, Part::states));
                  });
    }
    static constexpr bool reads_task_loss(const RegularizerStep& step, std::span<const double> state) {
        bool reads = false;
        each_part(
            step, [&]<class Part>(std::type_identity<Part>, const RegularizerStep& own, const Place& at) {
                reads = reads || detail::reads_task_loss<Part>(own, state.subspan(at.state, Part::states));
            });
        return reads;
    }

private:
    /// Where the numbers of a part begin.
    struct Place {
        std::size_t term = 0, limit = 0, state = 0;
    };
    template <class Function>
    static constexpr void each_part(const RegularizerStep& step, const Function& f) {
        Place at;
        const auto take = [&]<class Part>(std::type_identity<Part> part) {
            using Own = RegularizerTerms<typename Part::terms>;
            f(part,
              RegularizerStep{step.costs.subspan(at.term, Own::size),
                              step.limits.subspan(at.limit, Own::limits), step.task_loss, step.progress},
              at);
            at.term += Own::size;
            at.limit += Own::limits;
            at.state += Part::states;
        };
        (take(std::type_identity<Parts>{}), ...);
    }
};

} // namespace pliny
