// SPDX-License-Identifier: Apache-2.0
//
// 17. A regularizer that the library does not know.
//
// A struct that says of which costs it speaks, what it keeps from step to step, and what it adds to the loss
// is a regularizer: Pit, SuperNet and Mps take it like those of the library, check its limits while
// compiling, save its numbers with the model, and meet its limits at the end. This one is an augmented
// Lagrangian; nothing of it stands in include/pliny.

#include <pliny/pliny.hpp>

#include <algorithm>
#include <cstdio>
#include <numbers>
#include <span>

using namespace pliny;

/// An augmented Lagrangian of one limit (Hestenes, 1969; Powell, 1969; for inequalities: Rockafellar, 1973).
/// With the excess x = cost / limit - 1, the multiplier m and the curvature c it adds
///
///     (max(0, m + c x)^2 - m^2) / 2c
///
/// and m follows the excess: it grows until the cost comes down, however hard the task pulls, and where the
/// limit holds with room to spare, it goes back to 0.
template <class Bound, Real Curvature = 0.5>
struct Lagrangian {
    using terms = List<Bound>;               // one cost, with a limit
    static constexpr std::size_t states = 1; // the multiplier
    static constexpr double curvature = Curvature.value();
    static constexpr double rate = 0.0025; // of the multiplier, a step

    static constexpr double value(const RegularizerStep& step, std::span<const double> state,
                                  std::span<double> slopes) {
        const double pull = std::max(0.0, state[0] + curvature * excess(step));
        slopes[0] = pull / step.limits[0];
        return (pull * pull - state[0] * state[0]) / (2 * curvature);
    }
    static constexpr void advance(const RegularizerStep& step, std::span<double> state) {
        state[0] = std::max(0.0, state[0] + rate * excess(step));
    }
    // The size of the task loss does not matter, so it need not be read.
    static constexpr bool reads_task_loss(const RegularizerStep&, std::span<const double>) { return false; }

private:
    static constexpr double excess(const RegularizerStep& step) { return step.costs[0] / step.limits[0] - 1; }
};

struct Small
    : Network<Image<1, 8, 8>, Sequential<Conv2d<12, Kernel<3>>, BatchNorm2d, ReLU, Conv2d<16, Kernel<3>>,
                                         BatchNorm2d, ReLU, AdaptiveAvgPool2d<1>, Flatten, Linear<4>>> {};

// Waves of four directions, each with a phase of its own, in noise.
Examples waves(std::int64_t count) {
    const at::Tensor classes = at::randint(4, {count}, at::kLong);
    const at::Tensor angle = classes.view({-1, 1, 1}) * (std::numbers::pi / 4),
                     phase = at::rand({count, 1, 1}) * 2 * std::numbers::pi;
    const at::Tensor x = at::arange(8).view({1, 1, 8}), y = at::arange(8).view({1, 8, 1});
    const at::Tensor images = at::sin(1.3 * (x * at::cos(angle) + y * at::sin(angle)) + phase);
    return Examples((images + 0.7 * at::randn_like(images)).unsqueeze(1), classes, 4);
}

/// Whether all costs are between a share of their limits and another.
bool between(double low, double high, const char* when, const std::vector<LimitReport>& reports) {
    bool all = true;
    for (const LimitReport& report : reports) {
        std::printf("%s: %s %.0f, limit %.0f\n", when, report.cost.c_str(), report.value, report.limit);
        all = all && report.value >= low * report.limit && report.value <= high * report.limit;
    }
    return all;
}

/// Searches, says how close the pull alone comes to the limits, settles and trains on; whether all went well.
template <class Search>
bool finds(const char* name, Trainer<>& trainer, const Examples& test) {
    constexpr int epochs = 8;
    Model<Search> model;
    {
        const at::NoGradGuard no_grad; // alphas that start apart do not all fall below the threshold at once
        model.alpha.add_(0.8 * (at::rand_like(model.alpha) - 0.5));
    }
    Adam both({{model.weights(), 3e-3}, {model.architecture(), 1e-2}});
    trainer.run(name, epochs, model, both,
                [&](const at::Tensor& task, double epoch) { return model.penalty(task, epoch, epochs); });
    bool fine = between(0.5, 1.1, "  by the pull alone", model.limits());
    model.settle();
    fine = between(0, 1, "  settled", model.limits()) && fine;
    model.train_weights_only();
    trainer.run("  settled", 2, model, both);
    auto found = model.exported();
    const double right = accuracy(found, test);
    std::printf("%s: %.1f %%, the regularizer keeps", name, right);
    const at::Tensor kept = model.named_buffers()["regularizer_strengths"];
    for (std::int64_t i = 0; i < kept.numel(); ++i)
        std::printf(" %.3g", kept[i].item<double>());
    std::printf("\n");
    return fine && right > 90;
}

int main() try {
    at::manual_seed(0);
    const Examples train = waves(1'000), test = waves(500);
    Trainer trainer(train, test, 50, 0);

    // Alone: 40 % of the parameters by pruning channels, 30 % of the bits of w8.
    using Widths = Pit<Small, Cost<Params>, Lagrangian<Limit<Percent<40>>>>;
    using Bits = Mps<Small, PerChannel, Weights<0, 2, 4, 8>, Activations<8>, Lagrangian<Limit<Percent<30>>>>;
    // Added to a Duccio on another cost.
    using Sum = Regularizers<Duccio<Limit<Ops, Percent<50>>>, Lagrangian<Limit<Params, Percent<40>>>>;
    using Two = Pit<Small, Cost<Params, Ops>, Sum>;
    static_assert(Two::limits.size() == 2);

    bool fine = finds<Widths>("widths", trainer, test);
    fine = finds<Bits>("bits", trainer, test) && fine;
    fine = finds<Two>("two costs", trainer, test) && fine;
    return fine ? 0 : 1;
} catch (const std::exception& error) {
    std::fprintf(stderr, "17_own_regularizer: %s\n", error.what());
    return 1;
}
