// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/methods/assignment.hpp>
#include <pliny/methods/settle_path.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace pliny {

/// What settling changed: numbers of channels, of choices, and of lots of bits.
struct Settled {
    int removed = 0;
    int restored = 0;
    int rechosen = 0;
    int lowered = 0; // lots that got fewer bits, and more
    int raised = 0;
};
using SettledBits = Settled;

/// Moves as few alphas as are needed until the discrete network meets every limit, and closely. Where even
/// the cheapest network on the path of the largest alphas exceeds one, the likeliest path on which it does
/// not takes its place. Where nothing but paths is searched, choices that are not decided take the
/// alternative that costs more as long as all limits hold: one with at least half the share, at temperature
/// 1, of the one taken. Then, while a limit is exceeded, the cheapest moves are made, in order of how far an
/// alpha has to be moved for them: the channels alive with the smallest theta die, and lots step down to the
/// next fewer bits, those first that then lack the least alpha to their largest. At last moves in the other
/// direction, in the same order, as long as all limits hold. With Multiple<N>, N channels of a group at a
/// time. Activations step only where that changes a cost. Costs must not fall when a layer gets wider (see
/// cost/concept.hpp).
template <class Search>
class Settle {
    using Program = Architecture<Search>;
    using Found = Assignment<Search>;
    using Space = typename Program::Widths;
    using AliveChannels = typename Program::AliveChannels;
    static constexpr std::size_t limits = Search::limits.size();
    static constexpr bool has_bits = Search::quantizes;

public:
    /// std::invalid_argument where no path meets all limits at once; that each of them can be met, the
    /// compiler has checked.
    static void check_limits() {
        if constexpr (Program::Choices::size > 0 && limits > 1)
            SettlePath<Search>::likeliest(std::vector<double>(Program::Choices::size));
    }

    /// `numbers`: those of the widths, of the choices, and one for each share of bits. std::invalid_argument
    /// as above, and where no bits are found that meet all limits at once.
    static Settled apply(std::vector<double>& numbers) {
        Settled settled;
        if constexpr (limits > 0) {
            const std::span<double> all = numbers;
            if constexpr (Program::Choices::size > 0)
                settled.rechosen =
                    SettlePath<Search>::apply(all.subspan(Program::masks, Program::Choices::size));
            Settle settling(all);
            const std::vector<double> before = settling.now.mask;
            if (!settling.now.meets_limits())
                settling.walk(true, settled);
            if constexpr (has_bits) {
                if (!settling.now.meets_limits())
                    settling.cheapest();
                if (!settling.now.meets_limits())
                    throw std::invalid_argument(
                        "found no choice of bits that meets all limits at once, although "
                        "the bounds of each allow it; raise one of them");
            }
            while (settling.walk(false, settled) && has_bits) { // a step may make room for another
            }
            settling.write(before, all, settled);
        }
        return settled;
    }

private:
    /// A change of the network: channels of a group that die or come back together, or the next candidate of
    /// a lot; and how far an alpha has to be moved for it.
    struct Move {
        double distance;
        bool of_bits;
        std::size_t number; // of the step, or of the lot
    };
    struct Step {
        std::size_t group;
        std::array<std::size_t, static_cast<std::size_t>(Space::multiple)> channels; // positions in alpha
        double theta;                                                                // of the last of them
    };
    Found now;
    std::span<const double> width_numbers, bit_numbers;
    std::vector<std::uint8_t> likeliest; // the candidates of the largest alphas

    explicit Settle(std::span<const double> all)
        : now(all), width_numbers(all.first(Program::masks)),
          bit_numbers(all.subspan(Program::first_bit_number)), likeliest(now.chosen) {}

    static bool later(const Move& a, const Move& b) {
        if (a.distance != b.distance)
            return a.distance > b.distance;
        return a.of_bits != b.of_bits ? a.of_bits : a.number > b.number;
    }

    /// Makes moves down until all limits hold, or up as long as they do; whether something has changed.
    bool walk(bool lower, Settled& settled) {
        const std::vector<std::uint8_t> before = now.chosen;
        const std::vector<Step> steps = this->steps(lower);
        std::vector<Move> moves;
        const auto push = [&](const Move& move) {
            moves.push_back(move);
            std::push_heap(moves.begin(), moves.end(), later);
        };
        const auto push_lot = [&](std::size_t lot) {
            const std::uint8_t to = now.next(lot, lower);
            if (to == now.chosen[lot])
                return;
            const std::size_t first = now.lots[lot].first;
            push({bit_numbers[first + likeliest[lot]] - bit_numbers[first + to], true, lot});
        };
        for (std::size_t s = 0; s < steps.size(); ++s)
            push({(steps[s].theta - AliveChannels::threshold) * (lower ? 1 : -1), false, s});
        for (std::size_t lot = 0; lot < now.lots.size(); ++lot)
            push_lot(lot);
        std::array<double, limits> reached = now.costs();
        std::array<bool, Space::groups> full{};
        bool changed = false;
        while (!moves.empty() && !(lower && Found::within(reached))) {
            std::pop_heap(moves.begin(), moves.end(), later);
            const Move move = moves.back();
            moves.pop_back();
            if (!move.of_bits) {
                const Step& step = steps[move.number];
                if (full[step.group])
                    continue;
                mark(step, !lower);
                const std::array<double, limits> then = now.costs();
                if (!lower && !Found::within(then)) {
                    mark(step, lower);
                    full[step.group] = !has_bits; // with other bits another channel may fit
                    continue;
                }
                reached = then;
                (lower ? settled.removed : settled.restored) += Space::multiple;
                changed = true;
            } else if constexpr (has_bits) {
                if (now.counts(move.number) && step_bits(move.number, lower, reached))
                    push_lot(move.number);
            }
        }
        return changed || now.chosen != before;
    }
    /// Gives a lot its next candidate, where that helps; whether it does.
    bool step_bits(std::size_t lot, bool lower, std::array<double, limits>& reached) {
        const std::uint8_t from = now.chosen[lot];
        now.set_candidate(lot, now.next(lot, lower));
        const std::array<double, limits> then = now.costs();
        bool dearer = false, cheaper = false;
        for (std::size_t l = 0; l < limits; ++l) {
            dearer = dearer || then[l] > reached[l];
            cheaper = cheaper || (reached[l] > Search::limits[l] && then[l] < reached[l]);
        }
        // Costs that count blocks of channels may need several steps of weights until they change.
        const bool helps = lot < Program::Sizes::weight_lots ? !lower || cheaper || !dearer
                           : lower                           ? cheaper
                                                             : dearer;
        if (!helps || (!lower && !Found::within(then))) {
            now.set_candidate(lot, from);
            return false;
        }
        reached = then;
        return true;
    }
    void mark(const Step& step, bool alive) {
        for (std::size_t c : step.channels)
            now.set_alive(step.group, c, alive);
    }

    /// All removals in rising order of theta, or all restorations in falling order. The last channel of a
    /// group is always alive, and with it N - 1 others.
    std::vector<Step> steps(bool removing) const {
        const auto earlier = [&](double a, double b) { return removing ? a < b : a > b; };
        std::vector<Step> steps;
        AliveChannels::for_each_group(
            std::span<const double>(now.mask), [&](std::size_t g, std::span<const double> group) {
                const auto offset = static_cast<std::size_t>(Space::analysis.offset[g]);
                std::vector<std::size_t> channels;
                for (std::size_t c = 0; c + 1 < group.size(); ++c)
                    if ((group[c] > 0) == removing)
                        channels.push_back(offset + c);
                std::stable_sort(channels.begin(), channels.end(), [&](std::size_t a, std::size_t b) {
                    return earlier(std::abs(width_numbers[a]), std::abs(width_numbers[b]));
                });
                Step step{.group = g, .channels = {}, .theta = 0};
                for (std::size_t first = 0; first + step.channels.size() <= channels.size();
                     first += step.channels.size()) {
                    std::copy_n(channels.begin() + static_cast<std::ptrdiff_t>(first), step.channels.size(),
                                step.channels.begin());
                    step.theta = std::abs(width_numbers[step.channels.back()]);
                    steps.push_back(step);
                }
            });
        std::stable_sort(steps.begin(), steps.end(),
                         [&](const Step& a, const Step& b) { return earlier(a.theta, b.theta); });
        return steps;
    }

    /// How far the limits are exceeded, in units of them.
    double excess() const {
        const std::array<double, limits> reached = now.costs();
        double sum = 0;
        for (std::size_t l = 0; l < limits; ++l)
            sum += std::max(0.0, reached[l] / Search::limits[l] - 1);
        return sum;
    }
    /// For costs that rise where a layer has several precisions, or where it has fewer bits: one candidate
    /// for all lots, then for those of each group of channels, the one that exceeds the limits least, more
    /// bits first.
    void cheapest() {
        std::vector<std::vector<std::size_t>> together(1);
        for (std::size_t lot = 0; lot < now.lots.size(); ++lot)
            together[0].push_back(lot);
        for (std::size_t lot = 0; lot < now.lots.size(); ++lot) {
            const bool same = lot > 0 && now.lots[lot].group >= 0 && Program::BitSpaceType::per_channel &&
                              now.lots[lot].group == now.lots[lot - 1].group;
            if (!same)
                together.emplace_back();
            together.back().push_back(lot);
        }
        std::size_t most = 0;
        for (const auto& lot : now.lots)
            most = std::max(most, lot.count);
        double best = excess();
        for (bool better = true; better && best > 0;) {
            better = false;
            for (const std::vector<std::size_t>& lots : together)
                for (std::size_t i = most; i-- > 0;) {
                    const std::vector<std::uint8_t> before = now.chosen;
                    for (std::size_t lot : lots)
                        now.set_candidate(lot, nearest(lot, i));
                    if (const double reached = excess(); reached < best) {
                        best = reached;
                        better = true;
                    } else {
                        for (std::size_t lot : lots)
                            now.set_candidate(lot, before[lot]);
                    }
                }
        }
    }
    /// The candidate of a lot that is allowed and comes next below a number, or else above.
    std::uint8_t nearest(std::size_t lot, std::size_t candidate) const {
        for (std::size_t i = candidate + 1; i-- > 0;)
            if (now.lots[lot].allowed >> i & 1)
                return static_cast<std::uint8_t>(i);
        std::size_t i = candidate;
        while (!(now.lots[lot].allowed >> i & 1))
            ++i;
        return static_cast<std::uint8_t>(i);
    }

    /// Moves the alphas of what has changed; `mask`: as it was.
    void write(const std::vector<double>& mask, std::span<double> all, Settled& settled) const {
        for (std::size_t c = 0; c < mask.size(); ++c)
            if (now.mask[c] != mask[c])
                all[c] = across(all[c], now.mask[c] > 0);
        if constexpr (has_bits) {
            now.prefer(likeliest, all.subspan(Program::first_bit_number));
            for (std::size_t lot = 0; lot < likeliest.size(); ++lot) {
                settled.lowered += now.chosen[lot] < likeliest[lot];
                settled.raised += now.chosen[lot] > likeliest[lot];
            }
        }
    }
    /// The nearest alpha on the other side of the threshold.
    static double across(double alpha, bool alive) {
        constexpr double above = detail::just_above(AliveChannels::threshold);
        const double theta = std::abs(alpha);
        return std::copysign(alive ? std::max(theta, above) : std::min(theta, AliveChannels::threshold),
                             alpha);
    }
};

} // namespace pliny
