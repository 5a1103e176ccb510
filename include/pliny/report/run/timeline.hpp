// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/charts/phases.hpp>
#include <pliny/report/fields.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace pliny::report {

/// All phases of a training on one axis that counts epochs. The unpruned network, which is trained on from
/// the weights after the warm-up for comparison, runs beside the search.
class Timeline {
public:
    explicit Timeline(const Json& report) {
        for (const Json& epoch : list_at(report, {"epochs"})) {
            const std::string name = text_at(epoch, {"phase"});
            if (!spans.contains(name))
                order.push_back(name);
            spans[name].epochs = std::max(spans[name].epochs, 1 + number_at(epoch, {"epoch"}).value_or(0));
        }
        for (const Json& sample : list_at(report, {"curve"}))
            if (const auto found = spans.find(text_at(sample, {"phase"})); found != spans.end())
                found->second.steps =
                    std::max(found->second.steps, 1 + number_at(sample, {"step"}).value_or(0));
        double first = 0;
        for (const std::string& name : order)
            if (!is_for_comparison(report, name)) {
                spans[name].first = first;
                phases.push_back({name, first, first + spans[name].epochs});
                first += spans[name].epochs;
            }
        if (is_for_comparison(report, "baseline") && spans.contains("baseline") && spans.contains("warm-up"))
            spans["baseline"].first = spans["warm-up"].first + spans["warm-up"].epochs;
    }

    bool has(const std::string& phase) const { return spans.contains(phase); }

    /// Where an epoch ends that counts from 0 within its phase.
    double end_of(const std::string& phase, double epoch) const { return spans.at(phase).first + epoch + 1; }

    /// Where a step ends that counts from 0 within its phase.
    double at_step(const std::string& phase, double step) const {
        const Span& span = spans.at(phase);
        return span.first + (step + 1) / span.steps * span.epochs;
    }

    std::vector<Phase> phases; // in order, without what is for comparison

private:
    struct Span {
        double first = 0;
        double epochs = 0;
        double steps = 1;
    };
    std::map<std::string, Span> spans;
    std::vector<std::string> order;
};

} // namespace pliny::report
