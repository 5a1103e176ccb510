// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/layer_widths.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/methods/settle.hpp>
#include <pliny/nn/methods/pit_masks.hpp>
#include <pliny/nn/methods/trainable.hpp>
#include <pliny/nn/model.hpp>

#include <cmath>
#include <optional>

namespace pliny {

template <class Net>
class Exported;

/// Where a search stands against one of its limits.
struct LimitReport {
    std::string cost;
    double limit = 0;
    double value = 0;
    bool satisfied() const { return value <= limit; }
};

/// The masked network of a PIT search. Its parameters are those of Model<Net>, by the same names, and
/// `alpha`, one flat vector.
template <DescribedNetwork Net, auto... C, class Regularizer, class... Options>
class Model<Pit<Net, Cost<C...>, Regularizer, Options...>> : public NetworkModule<Net> {
    using Base = NetworkModule<Net>;

public:
    using search = Pit<Net, Cost<C...>, Regularizer, Options...>;
    using network = Net;
    using space = typename search::space;

    Model() : Base(Base::full()) {
        alpha = this->register_parameter("alpha", at::ones({space::analysis.alphas}));
        if constexpr (terms > 0)
            strengths = this->register_buffer("regularizer_strengths",
                                              at::zeros({static_cast<std::int64_t>(terms)}, at::kDouble));
    }

    /// As Model<Net>::forward, dead channels contributing nothing.
    at::Tensor forward(const at::Tensor& x) {
        const std::vector<at::Tensor> masked =
            detail::masked(alpha, Masks::parameters(this->tensors), Masks::table());
        return this->run(
            x, [&]<int R>(std::integral_constant<int, R>, const at::Tensor& value, bool in_place) {
                constexpr MaskSite site = space::analysis.sites[R];
                constexpr std::size_t own = Masks::position(R);
                const LayerTensors& tensors = this->tensors[R];
                if constexpr (site == MaskSite::Affine ||
                              (site == MaskSite::Weight && Base::graph[R].facts.has_bias()))
                    return this->template forward_own<R>(value, masked[own], masked[own + 1], in_place);
                else if constexpr (site == MaskSite::Weight)
                    return this->template forward_own<R>(value, masked[own], tensors.bias, in_place);
                else if constexpr (site == MaskSite::Output)
                    return this->template forward_own<R>(value, tensors.weight, tensors.bias, in_place) *
                           masked[own];
                else
                    return this->template forward_own<R>(value, tensors.weight, tensors.bias, in_place);
            });
    }
    at::Tensor operator()(const at::Tensor& x) { return forward(x); }

    /// What the network costs now; needs no forward.
    template <auto Metric>
    double cost() const {
        static_assert(LayerCost<decltype(Metric)>, "[cost.4] cost<C>() takes a cost such as Params");
        const std::vector<double> host = detail::read(alpha);
        const auto now =
            A::widths(std::span<const double>(search::relaxed ? A::thetas(host) : A::masks(host)));
        return static_cast<double>(total_cost(Metric, Base::graph, std::span<const double>(now)));
    }
    /// As cost, a scalar tensor with the gradient to alpha (straight through the threshold).
    template <auto Metric>
    at::Tensor cost_tensor() const {
        return priced([](std::span<const double> now, std::span<double> gradient) {
            return cost_gradient(Metric, Base::graph, now, gradient);
        });
    }

    /// What the regularizer adds to the loss at `epoch` (from 0; fractions allowed) of `epochs`: a scalar
    /// tensor with gradient to alpha. `task_loss` fixes the strength of a limit when it is violated for the
    /// first time. ModelError for impossible epochs or a loss that is not finite.
    at::Tensor penalty(const at::Tensor& task_loss, double epoch, double epochs) {
        if (!(epochs > 0) || !(epoch >= 0))
            throw ModelError(
                joined("penalty: epoch ", epoch, " of ", epochs, "; expected 0 <= epoch and 0 < epochs"));
        if constexpr (terms > 0) {
            std::array<DuccioTerm, terms> now = limit_terms();
            bool armed = false;
            const double ramp = DuccioTerm::ramp(epoch, epochs);
            at::Tensor result = priced([&](std::span<const double> widths, std::span<double> gradient) {
                double sum = 0;
                for_each_limit([&]<std::size_t L, auto Metric>() {
                    std::array<double, space::groups> by_width{};
                    const double price =
                        cost_gradient(Metric, Base::graph, widths, std::span<double>(by_width));
                    if (now[L].strength == 0 && price > now[L].limit) {
                        now[L].arm(price, finite(task_loss));
                        armed = true;
                    }
                    sum += now[L].value(price, ramp);
                    for (std::size_t g = 0; g < by_width.size(); ++g)
                        gradient[g] += now[L].slope(price, ramp) * by_width[g];
                });
                return sum;
            });
            if (armed)
                for (std::size_t l = 0; l < terms; ++l)
                    strengths[static_cast<std::int64_t>(l)] = now[l].strength;
            return result;
        } else if constexpr (std::is_same_v<Regularizer, NoRegularizer>) {
            return at::zeros({}, alpha.options());
        } else {
            constexpr auto metric =
                cost_at<static_cast<std::size_t>(Regularizer::template index_in<Cost<C...>>()), Cost<C...>>;
            return cost_tensor<metric>() * Regularizer::value;
        }
    }

    /// The limits and where the discrete network stands.
    std::vector<LimitReport> limits() const {
        std::vector<LimitReport> report;
        if constexpr (terms > 0) {
            const auto widths = A::widths(std::span<const double>(A::masks(detail::read(alpha))));
            for_each_limit([&]<std::size_t L, auto Metric>() {
                report.push_back(
                    {std::string(std::remove_cvref_t<decltype(Metric)>::name), search::limits[L],
                     static_cast<double>(total_cost(Metric, Base::graph, std::span<const double>(widths)))});
            });
        }
        return report;
    }

    /// Ends a search: every limit holds on the discrete network from here on, and closely; see Settle.
    /// Without limits nothing changes.
    Settled settle() {
        std::vector<double> host = detail::read(alpha);
        const Settled settled = Settle<search>::apply(host);
        if (settled.removed + settled.restored > 0) {
            const at::NoGradGuard no_grad;
            alpha.copy_(detail::write(host, alpha));
        }
        return settled;
    }

    /// Settles, then gives the network without its dead channels: in eval mode it computes what this model
    /// computes in eval mode. Its tensors are its own.
    Exported<Net> exported() {
        settle();
        return Exported<Net>(this->tensors, kept());
    }

    /// Indices of the channels alive, per group of the plan.
    std::array<std::vector<std::int64_t>, space::groups> kept() const {
        std::array<std::vector<std::int64_t>, space::groups> kept;
        for (std::size_t g = 0; g < space::groups; ++g)
            if (!space::analysis.trainable[g])
                for (int c = 0; c < Base::graph.groups[g].width; ++c)
                    kept[g].push_back(c);
        const std::vector<double> masks = A::masks(detail::read(alpha));
        A::for_each_group(std::span<const double>(masks), [&](std::size_t g, std::span<const double> mask) {
            for (std::size_t c = 0; c < mask.size(); ++c)
                if (mask[c] > 0)
                    kept[g].push_back(static_cast<std::int64_t>(c));
        });
        return kept;
    }
    /// Channels alive per group of the plan.
    std::array<std::int64_t, space::groups> widths() const {
        std::array<std::int64_t, space::groups> widths{};
        const auto indices = kept();
        for (std::size_t g = 0; g < widths.size(); ++g)
            widths[g] = static_cast<std::int64_t>(indices[g].size());
        return widths;
    }

    /// Channels alive of every layer, as a table.
    std::string summary() const {
        const auto now = widths();
        return widths_table<Net>(now);
    }

    /// All weights (of layers and norms), for the weights' optimiser.
    std::vector<at::Tensor> weights() const {
        std::vector<at::Tensor> weights;
        for (const auto& item : this->named_parameters())
            if (item.key() != "alpha")
                weights.push_back(item.value());
        return weights;
    }
    /// The architecture parameters: alpha.
    std::vector<at::Tensor> architecture() const { return {alpha}; }

    void train_weights_only() { switch_training(true, false); }
    void train_architecture_only() { switch_training(false, true); }
    void train_both() { switch_training(true, true); }

    at::Tensor alpha;

private:
    using A = Alive<space>;
    using Masks = detail::PitMasks<space>;
    static constexpr std::size_t terms = search::limits.size();
    at::Tensor strengths;
    TrainingSwitch weight_switch;
    TrainingSwitch architecture_switch;

    void switch_training(bool weights_on, bool architecture_on) {
        weight_switch.set(weights(), weights_on);
        architecture_switch.set(architecture(), architecture_on);
    }

    /// `price(widths, by_width)` gives a value and adds its derivatives; the result has the gradient to
    /// alpha.
    template <class Price>
    at::Tensor priced(const Price& price) const {
        const std::vector<double> host = detail::read(alpha);
        const auto now =
            A::widths(std::span<const double>(search::relaxed ? A::thetas(host) : A::masks(host)));
        std::array<double, space::groups> by_width{};
        const double value = price(std::span<const double>(now), std::span<double>(by_width));
        std::vector<double> gradient(host.size());
        A::for_each_group(std::span(gradient), [&](std::size_t g, std::span<double> group) {
            std::fill(group.begin(), group.end(), by_width[g]);
        });
        A::through_theta(host, gradient);
        return detail::priced(alpha, value, gradient);
    }

    template <class F>
    static void for_each_limit(F f) {
        [&]<std::size_t... L>(std::index_sequence<L...>) {
            constexpr auto indices = RegularizerTraits<Regularizer>::template cost_indices<Cost<C...>>;
            (f.template operator()<L, cost_at<static_cast<std::size_t>(indices[L]), Cost<C...>>>(), ...);
        }
        (std::make_index_sequence<terms>{});
    }
    std::array<DuccioTerm, terms> limit_terms() const {
        std::array<DuccioTerm, terms> now;
        const std::vector<double> known = detail::read(strengths);
        for (std::size_t l = 0; l < terms; ++l)
            now[l] = {.limit = search::limits[l], .gain = Regularizer::gain, .strength = known[l]};
        return now;
    }
    static double finite(const at::Tensor& task_loss) {
        const double loss = task_loss.item<double>();
        if (!std::isfinite(loss))
            throw ModelError(joined("penalty: the task loss is ", loss));
        return loss;
    }
};

} // namespace pliny
