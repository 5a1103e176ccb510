// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/diagnosis.hpp>
#include <pliny/graph/join.hpp>
#include <pliny/graph/mask_groups.hpp>
#include <pliny/graph/network.hpp>
#include <pliny/graph/row.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>

namespace pliny {

/// The table of a network: a row per layer call, in order of execution. All analyses are loops over it.
template <std::size_t Rows, std::size_t Edges, std::size_t Segments, std::size_t Groups,
          std::size_t Alternatives = 0, std::size_t Choices = 0>
struct Plan {
    std::array<Row, Rows> rows{};
    std::array<int, Edges> edges{};
    std::array<Segment, Segments> segments{};
    std::array<Group, Groups> groups{};
    std::array<Alternative, Alternatives> alternatives{}; // those of one choice side by side
    std::array<int, Choices> choices{};                   // the rows that choose

    static constexpr int size() { return static_cast<int>(Rows); }
    constexpr const Row& operator[](int row) const { return rows[static_cast<std::size_t>(row)]; }
    /// The rows whose tensors a row reads.
    constexpr std::span<const int> inputs(int row) const {
        return std::span(edges).subspan(static_cast<std::size_t>((*this)[row].first_input),
                                        static_cast<std::size_t>((*this)[row].inputs));
    }
    constexpr int input(int row) const { return inputs(row)[0]; }
    /// The channels of the tensor that a row makes.
    constexpr std::span<const Segment> channels(int row) const {
        return std::span(segments).subspan(static_cast<std::size_t>((*this)[row].first_segment),
                                           static_cast<std::size_t>((*this)[row].segments));
    }
    constexpr const Row& output() const { return rows.back(); }
    /// The alternatives that a row chooses among, in their order.
    constexpr std::span<const Alternative> alternatives_of(int row) const {
        return std::span(alternatives)
            .subspan(static_cast<std::size_t>((*this)[row].first_alternative),
                     static_cast<std::size_t>((*this)[row].inputs));
    }
    /// True where a row is the only reader of the tensor made by `producer`.
    constexpr bool only_reader(int producer) const { return (*this)[producer].uses == 1; }
};

namespace detail {

/// The rows and edges of a network, written while it is walked, and the first problem met.
template <std::size_t Rows, std::size_t Edges, std::size_t Alternatives>
struct Draft : Walker<Draft<Rows, Edges, Alternatives>> {
    std::array<Row, Rows> rows{};
    std::array<int, Edges> edges{};
    std::array<Alternative, Alternatives> alternatives{}; // in order of walking
    int row_count = 0;
    int edge_count = 0;
    int alternative_count = 0;
    int current = -1; // the alternative that is being walked
    Problem problem{};
    int problem_row = 0;

    constexpr explicit Draft(const Shape& input) {
        rows[0].path = Path("input");
        rows[0].facts.kind = Kind::Input;
        rows[0].facts.makes_values = false;
        rows[0].facts.out = rows[0].in = input;
        row_count = 1;
    }
    template <class LayerType>
    constexpr int layer(int input) {
        return add(facts_of<LayerType>(row(input).out()), std::array{input});
    }
    template <class BlockType>
    constexpr int alternative(int index, int input) {
        const int own = alternative_count++, outer = std::exchange(current, own);
        alternatives[static_cast<std::size_t>(own)] =
            Alternative{.number = index, .first = row_count, .parent = outer};
        Alternative& made = alternatives[static_cast<std::size_t>(own)];
        made.output = Walker<Draft>::template alternative<BlockType>(index, input);
        made.end = row_count;
        current = outer;
        return made.output;
    }
    template <class JoinType, std::size_t Inputs>
    constexpr int join(const std::array<int, Inputs>& inputs) {
        const std::array shapes = shapes_of(inputs);
        return add(checked_join(JoinType::facts(shapes), shapes), inputs);
    }
    template <std::size_t Inputs>
    constexpr int choice(const std::array<int, Inputs>& inputs) {
        Facts facts = elementwise_facts(shapes_of(inputs), Fault::ChoiceShapes);
        facts.kind = Kind::Choice;
        facts.makes_values = false;
        const int made = add(facts, inputs);
        for (int left = static_cast<int>(Inputs), a = alternative_count - 1; left > 0; --a) {
            Alternative& one = alternatives[static_cast<std::size_t>(a)];
            if (one.choice < 0) { // those of inner choices have one already
                one.choice = made;
                --left;
            }
        }
        return made;
    }
    template <class JoinType>
    constexpr void name_join() {}
    constexpr void open(std::string_view, std::string_view = {}) {}
    constexpr void close() {}

    /// Sorts the alternatives by their choices, and tells each row which it is part of.
    constexpr void arrange() {
        int next = 0;
        for (Row& each : rows)
            if (each.facts.kind == Kind::Choice) {
                each.first_alternative = next;
                next += each.inputs;
            }
        std::array<int, Alternatives> place{}; // of each in the new order
        std::array<Alternative, Alternatives> sorted{};
        for (std::size_t i = 0; i < Alternatives; ++i) {
            place[i] = row(alternatives[i].choice).first_alternative + alternatives[i].number;
            sorted[static_cast<std::size_t>(place[i])] = alternatives[i];
        }
        alternatives = sorted;
        const auto renumber = [&](int& old) { old = old < 0 ? -1 : place[static_cast<std::size_t>(old)]; };
        for (Row& each : rows)
            renumber(each.alternative);
        for (Alternative& one : alternatives)
            renumber(one.parent);
    }

private:
    constexpr Row& row(int number) { return rows[static_cast<std::size_t>(number)]; }
    template <std::size_t Inputs>
    constexpr std::array<Shape, Inputs> shapes_of(const std::array<int, Inputs>& inputs) {
        std::array<Shape, Inputs> shapes;
        for (std::size_t i = 0; i < Inputs; ++i)
            shapes[i] = row(inputs[i]).out();
        return shapes;
    }

    constexpr int add(const Facts& facts, std::span<const int> inputs) {
        const int number = row_count++;
        if (facts.problem && !problem) {
            problem = facts.problem;
            problem_row = number;
        }
        Row& made = row(number);
        made.path = this->path;
        made.facts = facts;
        made.in = row(inputs[0]).out();
        made.first_input = edge_count;
        made.inputs = static_cast<int>(inputs.size());
        made.alternative = current;
        for (int input : inputs) {
            edges[static_cast<std::size_t>(edge_count++)] = input;
            row(input).last_use = number;
            ++row(input).uses;
        }
        return number;
    }
};

template <class... Leaves>
constexpr auto empty_draft(const Shape& input, List<Leaves...>) {
    constexpr std::array<int, sizeof...(Leaves)> inputs{inputs_of<Leaves>...};
    constexpr std::array<int, sizeof...(Leaves)> alternatives{alternatives_of<Leaves>...};
    return Draft<inputs.size(), std::accumulate(inputs.begin(), inputs.end(), 0),
                 std::accumulate(alternatives.begin(), alternatives.end(), 0)>(input);
}

template <class Net>
inline constexpr auto draft = [] {
    auto draft = empty_draft(Net::input_type::shape, typename Net::Rows{});
    draft.template root<typename Net::body_type>(0);
    draft.arrange();
    return draft;
}();

/// The same path without a past: of characters that were taken away g++ would print the zeros.
constexpr Path printable(const Path& path) { return Path(path.view()); }

template <class Net, int ChoiceRowNumber, int... Input>
constexpr bool diagnose_alternatives(std::integer_sequence<int, Input...>) {
    constexpr const auto& d = draft<Net>;
    constexpr int first = d.rows[ChoiceRowNumber].first_input;
    return sizeof(ShapesOfAlternatives<printable(d.rows[ChoiceRowNumber].path),
                                       d.rows[static_cast<std::size_t>(d.edges[first + Input])].out()...>) >
           0;
}

/// Reports the first problem of a draft, with the paths, types and shapes that it is about.
template <class Net>
constexpr bool report_problem() {
    constexpr int row = draft<Net>.problem_row;
    if constexpr (draft<Net>.problem.fault == Fault::ChoiceShapes)
        return diagnose_alternatives<Net, row>(
            std::make_integer_sequence<int, draft<Net>.rows[row].inputs>{});
    else
        return diagnose<Net, row, printable(draft<Net>.rows[row].path), draft<Net>.problem>();
}

constexpr bool is_choice(const Row& row) { return row.facts.kind == Kind::Choice; }

template <class Net>
constexpr auto make_plan() {
    static_assert(DescribedNetwork<Net>,
                  "[network.1] not a network: write struct Net : Network<Image<C, H, W>, Block> {}");
    if constexpr (!requires { Net::input_type::shape; }) {
        return Plan<1, 1, 1, 1>{};
    } else if constexpr (draft<Net>.problem.fault != Fault::Nothing) {
        static_assert(report_problem<Net>());
        return Plan<1, 1, 1, 1>{};
    } else {
        constexpr const auto& drafted = draft<Net>;
        constexpr std::array sizes = [] {
            const MaskGroups found(drafted.rows, drafted.edges);
            return std::array{found.segments.size(), found.groups.size()};
        }();
        constexpr auto choices = std::count_if(drafted.rows.begin(), drafted.rows.end(), is_choice);
        Plan<drafted.rows.size(), drafted.edges.size(), sizes[0], sizes[1], drafted.alternatives.size(),
             choices>
            plan;
        plan.rows = drafted.rows;
        plan.edges = drafted.edges;
        plan.alternatives = drafted.alternatives;
        for (std::size_t r = 0, next = 0; r < plan.rows.size(); ++r)
            if (is_choice(plan.rows[r]))
                plan.choices[next++] = static_cast<int>(r);
        const MaskGroups found(drafted.rows, drafted.edges);
        std::copy(found.segments.begin(), found.segments.end(), plan.segments.begin());
        std::copy(found.groups.begin(), found.groups.end(), plan.groups.begin());
        for (std::size_t r = 0; r < plan.rows.size(); ++r) {
            plan.rows[r].first_segment = found.first_of_row[r];
            plan.rows[r].segments = found.count_of_row[r];
        }
        if constexpr (TransformedNetwork<Net>) {
            static_assert(Net::knows_layers(drafted),
                          "[transformed.4] Exclude names a layer that the network "
                          "does not have; describe<Net>() lists the paths");
            for (Row& row : plan.rows)
                Net::tell(row);
        }
        return plan;
    }
}

} // namespace detail

/// The plan of a network, made by the compiler; one empty row where the network is wrong, which is reported.
template <class Net>
inline constexpr auto plan = detail::make_plan<Net>();

/// The shape of one output sample: `output_shape<Cnn> == Shape{10}`.
template <class Net>
inline constexpr Shape output_shape = plan<Net>.output().out();

/// Channels alive in the tensor of a row when `widths[g]` channels of group g are alive.
template <class Number, class AnyPlan>
constexpr Number alive_channels(const AnyPlan& plan, int row, std::span<const Number> widths) {
    Number sum{};
    for (const Segment& segment : plan.channels(row))
        sum = sum + widths[static_cast<std::size_t>(segment.group)] * static_cast<Number>(segment.repeat);
    return sum;
}

/// The widths of all groups of an unpruned network.
template <class Number, class AnyPlan>
constexpr auto full_widths(const AnyPlan& plan) {
    std::array<Number, std::tuple_size_v<decltype(plan.groups)>> widths{};
    for (std::size_t g = 0; g < widths.size(); ++g)
        widths[g] = plan.groups[g].width;
    return widths;
}

} // namespace pliny
