// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/train/json_fields.hpp>
#include <pliny/train/record_json.hpp>
#include <pliny/train/training_state.hpp>

#include <boost/hana/adapt_struct.hpp>

#include <nlohmann/json.hpp>

BOOST_HANA_ADAPT_STRUCT(pliny::EpochResult, phase, epoch, train_loss, train_accuracy, test_accuracy,
                        validation_accuracy, cost, penalty, learning_rate, seconds);
BOOST_HANA_ADAPT_STRUCT(pliny::CurvePoint, phase, step, loss, penalty, cost); // theta only where there is any
BOOST_HANA_ADAPT_STRUCT(pliny::Position, phase, epoch, batch, loss_sum, penalty_sum, score_sum, seconds, best,
                        best_epoch);

namespace pliny::detail {

inline nlohmann::ordered_json to_json(const TrainingState& s) {
    nlohmann::ordered_json json{{"position", to_json(s.position)},
                                {"epochs", to_json(s.history)},
                                {"curve", to_json(s.curve)},
                                {"results", s.results},
                                {"resumed", s.resumed}};
    for (std::size_t i = 0; i < s.curve.size(); ++i)
        if (!s.curve[i].theta.empty())
            json["curve"][i]["theta"] = s.curve[i].theta;
    return json;
}

/// FileError names the field that is missing or wrong.
inline TrainingState training_state(const JsonFields& f) {
    TrainingState s{.position = record_of<Position>(f.object("position")),
                    .history = {},
                    .curve = {},
                    .results = f.object("results").json(),
                    .resumed = f.integer<int>("resumed", 0)};
    for (const JsonFields& item : f.list("epochs"))
        s.history.push_back(record_of<EpochResult>(item));
    for (const JsonFields& item : f.list("curve"))
        s.curve.emplace_back(record_of<CurvePoint>(item)).theta = item.number_lists("theta");
    return s;
}

} // namespace pliny::detail
