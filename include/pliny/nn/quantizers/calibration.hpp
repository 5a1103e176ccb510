// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/is_finite.hpp>
#include <pliny/nn/graph/network_module.hpp>
#include <pliny/nn/quantizers/calibration_rule.hpp>
#include <pliny/quantizers/loops.hpp>

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace pliny {

namespace detail {

/// Throws ModelError where there is nothing to calibrate with, or no way to.
inline void check_calibration(const std::vector<at::Tensor>& batches, const Calibration& how) {
    if (!(how.percentile >= 0 && how.percentile <= 100))
        throw ModelError(joined("calibrate: found the percentile ", how.percentile, "; expected 0 to 100"));
    if (batches.empty())
        throw ModelError("calibrate: found no batches");
    for (const at::Tensor& batch : batches)
        if (batch.numel() == 0 || !batch.isfinite().all().item<bool>())
            throw ModelError(batch.numel() == 0 ? "calibrate: found a batch without samples"
                                                : "calibrate: found inputs that are not finite");
}

/// Smallest and largest value of all batches and 0; ModelError where all are 0.
inline std::pair<double, double> range_of(const std::vector<at::Tensor>& batches) {
    double low = 0, high = 0;
    for (const at::Tensor& batch : batches) {
        low = std::min(low, batch.min().item<double>());
        high = std::max(high, batch.max().item<double>());
    }
    if (low == high)
        throw ModelError("calibrate: found inputs that are all 0, which have no range; expected real ones");
    return {low, high};
}

/// ModelError unless the first input of a model can stand for those to come, whose ranges it sets.
inline void check_first_batch(const at::Tensor& x) {
    const auto refuse = [](const std::string& found) {
        throw ModelError(joined("input: found ", found,
                                ", in the first batch, which sets the ranges of quantizers; expected real "
                                "samples, or calibrate({...}) with such before"));
    };
    if (x.numel() == 0)
        refuse(joined("no samples, ", text_of(x.sizes())));
    const double low = x.min().item<double>();
    if (low == x.max().item<double>())
        refuse(joined(x.numel() == 1 ? "one value, " : "the same value everywhere, ", low));
}

/// Values of the tensors of one quantizer, at most some ten thousands of each.
struct ActivationSamples {
    static constexpr std::int64_t most = 16384;
    std::vector<float> unsigned_values, signed_values;
    double largest = 0; // |value|, of all and not of the samples alone

    void add(const at::Tensor& values, bool can_be_negative) {
        at::Tensor flat = values.detach().reshape({-1});
        if (!can_be_negative) // the ReLU that the quantizer implies may be left out
            flat = flat.relu();
        if (flat.numel() == 0)
            return;
        largest = std::max(largest, flat.abs().max().template item<double>());
        const std::int64_t stride =
            std::max<std::int64_t>(1, flat.numel() / most) | 1; // odd: no fixed column
        const at::Tensor some = flat.slice(0, 0, flat.numel(), stride).to(at::kCPU, at::kFloat).contiguous();
        std::vector<float>& own = can_be_negative ? signed_values : unsigned_values;
        const float* first = some.const_data_ptr<float>();
        own.insert(own.end(), first, first + some.numel());
    }

    /// The clip for so many bits.
    double clip(int bits, const Calibration& how) const {
        if (!(largest > 0) || !is_finite(largest))
            return 1;
        if (how.rule == Calibration::Maximum)
            return largest;
        if (how.rule == Calibration::Percentile)
            return percentile(how.percentile);
        double best = largest, least = error(largest, bits);
        for (int i = 1; i < 40; ++i) {
            const double clip = largest * (1 - i / 40.0);
            if (const double now = error(clip, bits); now < least) {
                least = now;
                best = clip;
            }
        }
        return best;
    }

private:
    double percentile(double percent) const {
        std::vector<float> all;
        for (const std::vector<float>* values : {&unsigned_values, &signed_values})
            for (float value : *values)
                if (std::fabs(value) > 0) // what a ReLU has clipped says nothing
                    all.push_back(std::fabs(value));
        if (all.empty())
            return largest;
        const auto rank = static_cast<std::ptrdiff_t>(
            std::lround(std::clamp(percent, 0.0, 100.0) / 100 * static_cast<double>(all.size() - 1)));
        std::nth_element(all.begin(), all.begin() + rank, all.end());
        return double{all[static_cast<std::size_t>(rank)]};
    }
    double error(double clip, int bits) const {
        double sum = 0;
        const auto add = [&](const std::vector<float>& values, const Grid& grid) {
            for (float value : values) {
                const double miss = double{grid.value(value)} - double{value};
                sum += miss * miss;
            }
        };
        add(unsigned_values, unsigned_grid(static_cast<float>(clip), bits));
        add(signed_values, signed_grid(static_cast<float>(clip), bits));
        return sum;
    }
};

} // namespace detail
} // namespace pliny
