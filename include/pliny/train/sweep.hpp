// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/compiled.hpp>
#include <pliny/methods/sweep.hpp>
#include <pliny/train/experiment.hpp>

#include <string>
#include <tuple>
#include <vector>

namespace pliny {
namespace detail {

/// `sweep`: its type, spelled. `subjects`: its searches, of one network.
PLINY_INLINE int run_sweep_program(int argc, char** argv, const Recipe& defaults,
                                   const std::vector<DatasetEntry>& datasets, const std::string& sweep,
                                   const std::vector<ExperimentSubject>& subjects);

} // namespace detail

/// The main function of a sweep: `sweep<Sweep<SearchAtHalf, SearchAtQuarter>, FashionMnist>(argc, argv)`
/// warms up once, runs every search from there, each in a folder of its own below --out, and compares them in
/// comparison.md, comparison.html and pareto.svg. Options, checkpoints and exit codes are those of
/// `experiment`.
template <class SweepType, class Data, class... More, class... Hooks>
int sweep(int argc, char** argv, Recipe defaults, const Hooks&... hooks) {
    std::tuple<Hooks...> its_hooks(hooks...);
    return [&]<class... Searches>(List<Searches...>) {
        return detail::run_sweep_program(
            argc, argv, defaults, {detail::DatasetEntry::of<Data>(), detail::DatasetEntry::of<More>()...},
            spelled_type<SweepType>(), {detail::subject_of<Searches>(its_hooks)...});
    }(typename SweepType::searches{});
}
template <class SweepType, class Data, class... More>
int sweep(int argc, char** argv) {
    return sweep<SweepType, Data, More...>(argc, argv, Recipe{});
}

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/train/definitions/sweep.hpp>
#endif
