// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/train/json_fields.hpp>
#include <pliny/train/training_state.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace pliny {
namespace detail {

inline nlohmann::ordered_json to_json(const CostValues& values) {
    auto json = nlohmann::ordered_json::object();
    for (const auto& [name, value] : values)
        json[name] = value;
    return json;
}
inline CostValues cost_values(const JsonFields& fields) {
    CostValues values;
    for (const std::string& name : fields.names())
        values.emplace_back(name, fields.number(name));
    return values;
}

inline nlohmann::ordered_json to_json(const EpochResult& e) {
    nlohmann::ordered_json json{{"phase", e.phase},
                                {"epoch", e.epoch},
                                {"train_loss", e.train_loss},
                                {"train_accuracy", e.train_accuracy},
                                {"test_accuracy", e.test_accuracy},
                                {"validation_accuracy", nullptr},
                                {"cost", to_json(e.cost)},
                                {"penalty", e.penalty},
                                {"learning_rate", e.learning_rate},
                                {"seconds", e.seconds}};
    if (e.validation_accuracy)
        json["validation_accuracy"] = *e.validation_accuracy;
    return json;
}
inline nlohmann::ordered_json to_json(const CurvePoint& p) {
    nlohmann::ordered_json json{{"phase", p.phase},
                                {"step", p.step},
                                {"loss", p.loss},
                                {"penalty", p.penalty},
                                {"cost", to_json(p.cost)}};
    if (!p.theta.empty())
        json["theta"] = p.theta;
    return json;
}
inline nlohmann::ordered_json to_json(const Position& p) {
    return {{"phase", p.phase},
            {"epoch", p.epoch},
            {"batch", p.batch},
            {"loss_sum", p.loss_sum},
            {"penalty_sum", p.penalty_sum},
            {"score_sum", p.score_sum},
            {"seconds", p.seconds},
            {"best", p.best},
            {"best_epoch", p.best_epoch}};
}
inline nlohmann::ordered_json to_json(const TrainingState& s) {
    nlohmann::ordered_json json{{"position", to_json(s.position)},
                                {"epochs", nlohmann::ordered_json::array()},
                                {"curve", nlohmann::ordered_json::array()},
                                {"results", s.results},
                                {"resumed", s.resumed}};
    for (const EpochResult& epoch : s.history)
        json["epochs"].push_back(to_json(epoch));
    for (const CurvePoint& point : s.curve)
        json["curve"].push_back(to_json(point));
    return json;
}

inline EpochResult epoch_result(const JsonFields& f) {
    EpochResult e{.phase = f.text("phase"),
                  .epoch = f.integer<int>("epoch", 0),
                  .train_loss = f.number("train_loss"),
                  .train_accuracy = f.number("train_accuracy"),
                  .test_accuracy = f.number("test_accuracy"),
                  .validation_accuracy = std::nullopt,
                  .cost = cost_values(f.object("cost")),
                  .penalty = f.number("penalty"),
                  .learning_rate = f.number("learning_rate"),
                  .seconds = f.number("seconds")};
    if (!f.is_null("validation_accuracy"))
        e.validation_accuracy = f.number("validation_accuracy");
    return e;
}
inline CurvePoint curve_point(const JsonFields& f) {
    return {.phase = f.text("phase"),
            .step = f.integer<std::int64_t>("step", 0),
            .loss = f.number("loss"),
            .penalty = f.number("penalty"),
            .cost = cost_values(f.object("cost")),
            .theta = f.number_lists("theta")};
}
inline Position position(const JsonFields& f) {
    return {.phase = f.text("phase"),
            .epoch = f.integer<int>("epoch", 0),
            .batch = f.integer<std::int64_t>("batch", 0),
            .loss_sum = f.number("loss_sum"),
            .penalty_sum = f.number("penalty_sum"),
            .score_sum = f.number("score_sum"),
            .seconds = f.number("seconds"),
            .best = f.number("best"),
            .best_epoch = f.integer<int>("best_epoch", -1)};
}
/// FileError names the field that is missing or wrong.
inline TrainingState training_state(const JsonFields& f) {
    TrainingState s{.position = position(f.object("position")),
                    .history = {},
                    .curve = {},
                    .results = f.object("results").json(),
                    .resumed = f.integer<int>("resumed", 0)};
    for (const JsonFields& item : f.list("epochs"))
        s.history.push_back(epoch_result(item));
    for (const JsonFields& item : f.list("curve"))
        s.curve.push_back(curve_point(item));
    return s;
}

} // namespace detail
} // namespace pliny
