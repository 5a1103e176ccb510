// SPDX-License-Identifier: Apache-2.0
#pragma once

// Quantizers of weights that the library does not know.

#include <pliny/quantizers/uniform_grid.hpp>

#include <algorithm>

namespace pliny::testing {

/// The library's own grids under another name: by the loops for all other quantizers they give the same.
struct GridAgain {
    static constexpr std::string_view name = "grid again";
    static constexpr float scale(ChannelRange channel, int bits) { return UniformGrid::scale(channel, bits); }
    static constexpr int code(float w, float scale, int bits) { return UniformGrid::code(w, scale, bits); }
    static constexpr float value(int code, float scale, int bits) {
        return UniformGrid::value(code, scale, bits);
    }
    static constexpr float step(float scale, int) { return scale; }
};

/// 0 and +-scale / 2^e, found by halving; of 1 bit +-scale.
struct Halves {
    static constexpr std::string_view name = "halves";
    static constexpr float scale(ChannelRange channel, int bits) {
        return bits == 1 ? channel.mean : channel.largest;
    }
    static constexpr int code(float w, float scale, int bits) {
        const float magnitude = w < 0 ? -w : w;
        int left = powers(bits);
        for (float each = scale; left > 1 && magnitude < 0.75f * each; each *= 0.5f)
            --left;
        if (bits > 1 && magnitude < 0.5f * value(1, scale, bits))
            left = 0;
        return w < 0 ? -left : left;
    }
    static constexpr float value(int code, float scale, int bits) {
        float magnitude = code == 0 ? 0 : scale;
        for (int left = code < 0 ? -code : code; left < powers(bits) && code != 0; ++left)
            magnitude *= 0.5f;
        return code < 0 ? -magnitude : magnitude;
    }
    static constexpr float step(float scale, int bits) { return value(1, scale, bits); }

private:
    static constexpr int powers(int bits) { return bits == 1 ? 1 : std::min((1 << (bits - 1)) - 1, 20); }
};

/// Squares of codes: values without a common step that it would name.
struct Squares {
    static constexpr std::string_view name = "squares";
    static constexpr float scale(ChannelRange channel, int bits) {
        const auto top = static_cast<float>(highest_code(bits));
        return channel.largest / (top * top);
    }
    static constexpr int code(float w, float scale, int bits) {
        const float squared = (w < 0 ? -w : w) / scale;
        int low = 0, high = highest_code(bits); // the largest code that is not too large
        while (low < high) {
            const int middle = (low + high + 1) / 2;
            const float border = static_cast<float>(middle) - 0.5f;
            if (squared < border * border)
                high = middle - 1;
            else
                low = middle;
        }
        return w < 0 ? -low : low;
    }
    static constexpr float value(int code, float scale, int) {
        const auto whole = static_cast<float>(code);
        return scale * whole * (code < 0 ? -whole : whole);
    }
};

} // namespace pliny::testing
