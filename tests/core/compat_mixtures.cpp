// SPDX-License-Identifier: Apache-2.0
// Mixtures of PLiNIO's quantizers against golden/mixed_quantizer.json.
#include "core/golden_floats.hpp"

#include "support/plinio_quantizers.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

using namespace pliny;
using nlohmann::json;
using test::check_close;
using test::check_equal;
using test::floats;

namespace {

/// A table of `rows` rows, one after the other.
struct Table {
    std::vector<float> data;
    std::size_t rows = 0;

    std::size_t columns() const { return data.size() / rows; }
    float& at(std::size_t row, std::size_t column) { return data[row * columns() + column]; }
    float at(std::size_t row, std::size_t column) const { return data[row * columns() + column]; }
    std::vector<float> column(std::size_t c) const {
        std::vector<float> result;
        for (std::size_t r = 0; r < rows; ++r)
            result.push_back(at(r, c));
        return result;
    }
    void set_column(std::size_t c, const std::vector<float>& numbers) {
        for (std::size_t r = 0; r < rows; ++r)
            at(r, c) = numbers[r];
    }
};

/// A case of the file: candidates in rows; a column of `alpha` for the whole tensor or one per channel.
struct Mixture {
    const json& golden;
    std::string kind = golden["kind"];
    std::vector<int> bits = golden["precisions"].get<std::vector<int>>();
    std::size_t candidates = bits.size();
    float temperature = golden["temperature"];
    bool hard = golden["mode"] != "soft_train";
    bool noisy = golden["gumbel"] && golden["mode"] != "eval"; // noise is for training
    bool of_weights = kind.starts_with("weight");
    std::vector<float> x = floats(golden["x"]), upstream = floats(golden["upstream"]);
    Table alpha{floats(golden["alpha"]), candidates}, theta{floats(golden["theta"]), candidates};
    std::size_t channels = of_weights ? golden["x"]["shape"][0].get<std::size_t>() : 1;
    Table scales{std::vector<float>(candidates * channels), candidates}; // of weights, or the reported ones
    std::vector<compat::Pact> pacts;

    explicit Mixture(const json& one_case) : golden(one_case) {
        for (std::size_t i = 0; i < candidates; ++i)
            of_weights ? measure(i) : add_pact(i);
    }
    void measure(std::size_t i) {
        for (std::size_t c = 0; c < channels; ++c) {
            float largest = 0;
            for (std::size_t e = c * length(); e < (c + 1) * length(); ++e)
                largest = std::max(largest, std::fabs(x[e]));
            scales.at(i, c) = compat::weight_scale(largest, bits[i]);
        }
    }
    void add_pact(std::size_t i) {
        const json& clip = golden["clips"][i];
        pacts.push_back(clip.is_array() ? compat::signed_pact(clip[1], clip[0], bits[i])
                                        : compat::unsigned_pact(clip, bits[i]));
        scales.at(i, 0) = pacts[i].scale;
    }
    std::size_t length() const { return x.size() / channels; } // of a channel
    std::size_t column(std::size_t element) const {            // of alpha and theta
        return alpha.columns() == 1 ? 0 : element / length();
    }
    float value(std::size_t i, std::size_t element) const {
        return of_weights ? compat::weight_value(x[element], scales.at(i, element / length()), bits[i])
                          : pacts[i].value(x[element]);
    }
    std::vector<float> soft(std::size_t c) const {
        std::vector<float> shares = alpha.column(c);
        if (noisy)
            for (std::size_t i = 0; i < candidates; ++i)
                shares[i] += Table{floats(golden["gumbel_noise"]), candidates}.at(i, c);
        compat::soft_shares(shares, temperature);
        return shares;
    }
    double absolute() const {
        double sum = 0;
        for (float g : upstream)
            sum += std::fabs(g);
        return 1e-5 * sum;
    }
};

void check_shares(const Mixture& m) {
    Table found = m.theta;
    for (std::size_t c = 0; c < found.columns(); ++c) {
        std::vector<float> shares = m.soft(c);
        if (m.hard)
            compat::one_hot(shares);
        found.set_column(c, shares);
    }
    if (m.hard)
        check_equal(found.data, m.golden["theta"]);
    else
        check_close(found.data, m.golden["theta"], 1e-5);
}

void check_values(const Mixture& m) {
    std::vector<float> y, scales;
    for (std::size_t e = 0; e < m.x.size(); ++e) {
        float sum = 0;
        for (std::size_t i = 0; i < m.candidates; ++i)
            sum = compat::add_share(sum, m.theta.at(i, m.column(e)), m.value(i, e));
        y.push_back(sum);
    }
    check_equal(y, m.golden["y"]);
    for (std::size_t c = 0; c < m.channels; ++c) {
        float sum = 0;
        for (std::size_t i = 0; i < m.candidates; ++i)
            sum = compat::add_share(sum, m.theta.at(i, m.column(c * m.length())), m.scales.at(i, c));
        scales.push_back(sum);
    }
    check_equal(scales, m.golden["effective_scale"]);
}

void check_gradients(const Mixture& m) {
    std::vector<float> by_x;
    std::vector<double> by_theta(m.theta.data.size());
    for (std::size_t e = 0; e < m.x.size(); ++e) {
        float sum = 0;
        for (std::size_t i = 0; i < m.candidates; ++i) {
            if (m.of_weights || m.pacts[i].inside(m.x[e]))
                sum = compat::add_share(sum, m.theta.at(i, m.column(e)), m.upstream[e]);
            by_theta[i * m.theta.columns() + m.column(e)] += double{m.upstream[e]} * m.value(i, e);
        }
        by_x.push_back(sum);
    }
    check_close(by_x, m.golden["grad_x"], 1e-6);
    Table by_alpha{{by_theta.begin(), by_theta.end()}, m.candidates};
    for (std::size_t c = 0; c < by_alpha.columns(); ++c) {
        std::vector<float> gradient = by_alpha.column(c);
        compat::through_shares(m.soft(c), m.temperature, gradient);
        by_alpha.set_column(c, gradient);
    }
    check_close(by_alpha.data, m.golden["grad_alpha"], 1e-4, m.absolute());
}

void check_clip_gradients(const Mixture& m) {
    for (std::size_t i = 0; i < m.candidates; ++i) {
        double above = 0, below = 0;
        for (std::size_t e = 0; e < m.x.size(); ++e) {
            above += m.pacts[i].above(m.x[e]) ? m.upstream[e] : 0;
            below += m.pacts[i].below(m.x[e]) ? m.upstream[e] : 0;
        }
        const json& expected = m.golden["grad_clips"][i];
        std::vector<float> found{static_cast<float>(above * m.theta.at(i, 0))};
        if (expected.is_array())
            found.push_back(static_cast<float>(below * m.theta.at(i, 0)));
        check_close(found, expected, 1e-4, m.absolute());
    }
}

/// What a search reads: bits on average and as selected, and channels that are not pruned.
void check_summary(const Mixture& m) {
    const std::size_t columns = m.theta.columns();
    double bits = 0, alive = static_cast<double>(columns);
    std::vector<float> mask(columns, 1);
    std::vector<int> selected;
    for (std::size_t c = 0; c < columns; ++c) {
        selected.push_back(m.bits[compat::first_largest(m.alpha.column(c))]);
        for (std::size_t i = 0; i < m.candidates; ++i) {
            bits += double{m.theta.at(i, c)} * m.bits[i];
            if (m.bits[i] == 0) {
                alive -= m.theta.at(i, c);
                mask[c] = compat::first_largest(m.theta.column(c)) != i;
            }
        }
    }
    check_close({static_cast<float>(bits / (m.kind == "weight_channel" ? alive : 1))},
                m.golden["effective_precision"], 1e-5);
    if (m.kind == "weight_channel") {
        check_close({static_cast<float>(alive)}, m.golden["out_features_eff"], 1e-5);
        check_equal(mask, m.golden["features_mask"]);
        CHECK(selected == m.golden["selected_precision"].get<std::vector<int>>());
    } else {
        CHECK(selected[0] == m.golden["selected_precision"].get<int>());
    }
    if (m.golden["name"].get<std::string>().ends_with("/init"))
        for (std::size_t i = 0; i < m.candidates; ++i)
            CHECK(m.alpha.at(i, 0) ==
                  compat::initial_alpha(m.bits[i], *std::max_element(m.bits.begin(), m.bits.end())));
}

} // namespace

TEST_CASE("compat: mixtures of quantizers") {
    std::map<std::string, int> cases;
    int noisy = 0, hard = 0;
    for (const json& golden : test::golden_cases("mixed_quantizer.json")) {
        CAPTURE(golden["name"].get<std::string>());
        const Mixture m(golden);
        ++cases[m.kind];
        noisy += m.noisy;
        hard += m.hard;
        check_shares(m);
        check_values(m);
        check_gradients(m);
        if (!m.of_weights)
            check_clip_gradients(m);
        check_summary(m);
    }
    CHECK(cases == std::map<std::string, int>{
                       {"weight_layer", 41}, {"weight_channel", 33}, {"act", 14}, {"act_signed", 2}});
    CHECK(noisy == 4);
    CHECK(hard > 30);
}
