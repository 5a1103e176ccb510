// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/core.hpp>
#include <pliny/meta/compiled.hpp>
#include <pliny/train/dataset_entry.hpp>
#include <pliny/train/experiment_subject.hpp>
#include <pliny/train/recipe.hpp>

#include <tuple>
#include <utility>
#include <vector>

namespace pliny {
namespace detail {

PLINY_INLINE int run_experiment_program(int argc, char** argv, const Recipe& defaults,
                                        const std::vector<DatasetEntry>& datasets,
                                        const ExperimentSubject& subject);

} // namespace detail

/// The main function of an experiment: `experiment<Search, FashionMnist, Mnist>(argc, argv)` searches in
/// phases warm-up, search, fine-tuning and, for comparison, training of the unpruned network on;
/// `experiment<Net, ...>` trains Net. --dataset chooses among the data sets, the first is the default.
///
/// Writes reports, networks and, on the way, checkpoints into --out (docs/experiments.md). `defaults`: those
/// of the options. `hooks` are called with the events that they take (events.hpp); the model of a phase that
/// trains the unpruned network is an Exported<Net>. Returns 0; 1 where something failed; 2 for a wrong
/// command line; 130 after Ctrl-C, 143 after SIGTERM, when all is saved for --resume.
template <class Subject, class Data, class... More, class... Hooks>
int experiment(int argc, char** argv, Recipe defaults, const Hooks&... hooks) {
    std::tuple<Hooks...> its_hooks(hooks...);
    return detail::run_experiment_program(
        argc, argv, defaults, {detail::DatasetEntry::of<Data>(), detail::DatasetEntry::of<More>()...},
        detail::subject_of<Subject>(its_hooks));
}
template <class Subject, class Data, class... More>
int experiment(int argc, char** argv) {
    return experiment<Subject, Data, More...>(argc, argv, Recipe{});
}

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/train/definitions/experiment.hpp>
#endif
