// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/fields.hpp>
#include <pliny/report/page/table.hpp>
#include <pliny/report/run/inference.hpp>
#include <pliny/report/run/settling.hpp>
#include <pliny/report/score.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pliny::report {

/// Before and after, side by side; of a plain training, only what it has.
inline Table results_table(const Json& report) {
    const Json &before = field(report, {"baseline"}), &after = field(report, {"found"});
    const bool both = after.is_object();
    Table table{"results", {""}, {}};
    for (const std::string& name : both
                                       ? std::vector<std::string>{baseline_in_words(report), "found", "ratio"}
                                       : std::vector<std::string>{"trained"})
        table.head.push_back(name);
    const auto row = [&](const std::string& name, const std::optional<double>& a,
                         const std::optional<double>& b, const auto& spell,
                         const Score* difference = nullptr) {
        if (!a && !b)
            return;
        std::vector<Cell> cells{{name}, {detail::words_or_dash(a, spell)}};
        if (both) {
            cells.push_back({detail::words_or_dash(b, spell)});
            cells.push_back({!a || !b     ? "-"
                             : difference ? difference->difference(*b - *a)
                             : *a == 0    ? "-"
                                          : fixed(*b / *a, 3)});
        }
        table.rows.push_back(std::move(cells));
    };
    const auto whole = [](double v) { return figure(v); };
    const auto number = [&](const char* key, const std::string& name, const auto& spell) {
        row(name, number_at(before, {key}), number_at(after, {key}), spell);
    };
    number("parameters", "parameters", whole);
    number("file_bytes", "file, bytes", whole);
    number("ops", "MACs (with biases)", whole);
    for (const std::string& key :
         detail::keys_of(field(before, {"latency_ms"}), field(after, {"latency_ms"})))
        detail::add_latency(table, batch_in_words(key), latency_of(before, key),
                            both ? std::optional(latency_of(after, key)) : std::nullopt);
    const Score score = score_of(report);
    row(
        "test " + score.headed(), score_at(before, "test"), score_at(after, "test"),
        [&](double v) { return score.figure(v); }, &score);
    // What a later method adds appears under its own name.
    const std::vector<std::string> known{"parameters", "file_bytes",
                                         "ops",        "test_accuracy",
                                         "latency_ms", "accuracy_of_search_model",
                                         "layers",     "accuracy_right_after_export",
                                         "latency",    "score_of_search_model",
                                         "settled",    "score_right_after_export",
                                         "test_score"};
    for (const std::string& key : detail::keys_of(before, after))
        if (std::find(known.begin(), known.end(), key) == known.end())
            number(key.c_str(), key_in_words(key), whole);
    return table;
}

/// Every limit with what was found.
inline Table limits_table(const Json& report) {
    Table table{"limits", {"cost", "limit", "found", "used"}, {}};
    const std::vector<SettledCost> settled = settled_costs(report);
    if (!settled.empty())
        table.head.push_back("before settling");
    table.head.push_back("");
    for (const Json& limit : list_at(report, {"limits"})) {
        const auto allowed = number_at(limit, {"limit"}), value = number_at(limit, {"value"});
        const bool met = field(limit, {"satisfied"}) == true;
        std::vector<Cell> cells{
            {text_at(limit, {"cost"})},
            {detail::words_or_dash(allowed, [](double v) { return figure(v, 12); })},
            {detail::words_or_dash(value, [](double v) { return figure(v, 12); })},
            {allowed && value && *allowed != 0 ? fixed(100 * *value / *allowed, 1) + " %" : "-"}};
        if (!settled.empty()) {
            const Json one{{"limits", Json::array({limit})}};
            const std::vector<SettledCost> own = settled_costs(one);
            cells.push_back(own.empty() ? Cell{"-"}
                                        : Cell{.text = own[0].before_in_words(),
                                               .tone = own[0].far() ? Cell::Tone::Warn : Cell::Tone::Plain});
        }
        cells.push_back({met ? "met" : "missed", "", met ? Cell::Tone::Good : Cell::Tone::Bad});
        table.rows.push_back(std::move(cells));
    }
    return table;
}

/// What every layer became: widths as "found of described", and every other key of the file under its name,
/// so that each method shows its own.
inline Table layers_table(const Json& report) {
    struct Pair {
        const char *found, *described, *name;
    };
    static constexpr std::array pairs{Pair{"in", "of_in", "inputs"}, Pair{"out", "of", "outputs"}};
    const Json& layers = list_at(report, {"found", "layers"});
    std::vector<std::string> keys;
    for (const Json& layer : layers)
        for (const std::string& key : detail::keys_of(layer))
            if (key != "of_in" && key != "of" && std::find(keys.begin(), keys.end(), key) == keys.end())
                keys.push_back(key);
    Table table{"layers", {}, {}};
    for (const std::string& key : keys) {
        std::string name = key == "name" ? "layer" : key_in_words(key);
        for (const Pair& pair : pairs)
            name = key == pair.found ? pair.name : name;
        table.head.push_back(name);
    }
    for (const Json& layer : layers) {
        std::vector<Cell> cells;
        for (const std::string& key : keys) {
            cells.push_back({in_words(field(layer, {key.c_str()}))});
            for (const Pair& pair : pairs)
                if (const auto of = number_at(layer, {pair.described}); of && key == pair.found)
                    cells.back().text += " of " + figure(*of);
        }
        table.rows.push_back(std::move(cells));
    }
    return table;
}

/// Time and epochs of one phase.
struct PhaseTime {
    std::string phase{};
    int colour = 0; // of the palette; the baseline is grey
    double epochs = 0;
    double seconds = 0;
};

/// Where the time went, in order.
inline std::vector<PhaseTime> phase_times(const Json& report) {
    std::vector<PhaseTime> times;
    int colour = 0;
    for (const Json& epoch : list_at(report, {"epochs"})) {
        const std::string phase = text_at(epoch, {"phase"});
        if (times.empty() || times.back().phase != phase)
            times.push_back({phase, is_for_comparison(report, phase) ? 0 : 1 + colour++ % 6});
        times.back().epochs += 1;
        times.back().seconds += number_at(epoch, {"seconds"}).value_or(0);
    }
    return times;
}

/// The same as a table.
inline Table times_table(const std::vector<PhaseTime>& times) {
    double epochs = 0, seconds = 0;
    for (const PhaseTime& time : times) {
        epochs += time.epochs;
        seconds += time.seconds;
    }
    Table table{"time of training", {"phase", "epochs", "time", "per epoch"}, {}};
    for (const PhaseTime& time : times)
        table.rows.push_back({{.text = time.phase, .colour = time.colour},
                              {figure(time.epochs)},
                              {duration(time.seconds)},
                              {duration(time.seconds / time.epochs)}});
    if (times.size() > 1)
        table.rows.push_back({{"all"}, {figure(epochs)}, {duration(seconds)}, {""}});
    return table;
}

/// All epochs; columns that are empty everywhere are left out.
inline Table epochs_table(const Json& report) {
    const Json& epochs = list_at(report, {"epochs"});
    Table table{"epochs", {"phase", "epoch"}, {}};
    for (const Json& epoch : epochs)
        table.rows.push_back(
            {{text_at(epoch, {"phase"})}, {figure(1 + number_at(epoch, {"epoch"}).value_or(0))}});
    const auto column = [&](const std::string& name, const auto& value_of, const auto& spell) {
        std::vector<std::optional<double>> values;
        for (const Json& epoch : epochs)
            values.push_back(value_of(epoch));
        if (std::none_of(values.begin(), values.end(), [](const auto& v) { return v.has_value(); }))
            return;
        table.head.push_back(name);
        for (std::size_t i = 0; i < values.size(); ++i)
            table.rows[i].push_back({detail::words_or_dash(values[i], spell)});
    };
    const auto key = [](const char* name) {
        return [name](const Json& epoch) { return number_at(epoch, {name}); };
    };
    const auto places = [](int count) { return [count](double v) { return fixed(v, count); }; };
    const auto legible = [](double v) { return figure(v); };
    column("loss", key("train_loss"), places(4));
    const Score score = score_of(report);
    for (const char* which : {"train", "validation", "test"})
        column(
            std::string(which) + " " + (score == Score{} ? "%" : score.headed()),
            [which](const Json& epoch) { return score_at(epoch, which); },
            [&](double v) { return score.figure(v); });
    std::vector<std::string> costs{};
    for (const Json& epoch : epochs)
        for (const std::string& name : detail::keys_of(field(epoch, {"cost"})))
            if (std::find(costs.begin(), costs.end(), name) == costs.end())
                costs.push_back(name);
    for (const std::string& name : costs)
        column(
            name,
            [&](const Json& epoch) {
                return number_at(epoch, {"cost", name.c_str()});
            },
            legible);
    const bool penalised = std::any_of(epochs.begin(), epochs.end(), [](const Json& epoch) {
        return number_at(epoch, {"penalty"}).value_or(0) != 0;
    });
    if (penalised)
        column("penalty", key("penalty"), [](double v) { return v == 0 ? "0" : fixed(v, 4); });
    column("learning rate", key("learning_rate"), legible);
    column("time", key("seconds"), [](double v) { return duration(v); });
    return table;
}

} // namespace pliny::report
