// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/diagnosis.hpp>
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

namespace pliny {

/// The table of a network: a row per layer call, in order of execution. All analyses are loops over it.
template <std::size_t Rows, std::size_t Edges, std::size_t Segments, std::size_t Groups>
struct Plan {
    std::array<Row, Rows> rows{};
    std::array<int, Edges> edges{};
    std::array<Segment, Segments> segments{};
    std::array<Group, Groups> groups{};

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
    /// True where a row is the only reader of the tensor made by `producer`.
    constexpr bool only_reader(int producer) const { return (*this)[producer].uses == 1; }
};

namespace detail {

/// The rows and edges of a network, written while it is walked, and the first problem met.
template <std::size_t Rows, std::size_t Edges>
struct Draft : Walker<Draft<Rows, Edges>> {
    std::array<Row, Rows> rows{};
    std::array<int, Edges> edges{};
    int row_count = 0;
    int edge_count = 0;
    Problem problem{};
    int problem_row = 0;

    constexpr explicit Draft(const Shape& input) {
        rows[0].path = Path("input");
        rows[0].facts.kind = Kind::Input;
        rows[0].facts.out = rows[0].in = input;
        row_count = 1;
    }
    template <class L>
    constexpr int layer(int input) {
        return add(L::facts(row(input).out()), std::array{input});
    }
    constexpr int join(Kind kind, std::span<const int> inputs, Fault fault) {
        Facts facts{.kind = kind, .channels = kind == Kind::Add ? Channels::Join : Channels::Concat};
        facts.out = row(inputs[0]).out();
        for (int input : inputs.subspan(1)) {
            const Shape& other = row(input).out();
            const bool fits = kind == Kind::Add ? other == facts.out : other.same_positions(facts.out);
            if (!fits && !facts.problem)
                facts.problem = {fault, other, facts.out};
            if (kind == Kind::Concat)
                facts.out = facts.out.with_channels(facts.out.channels() + other.channels());
        }
        return add(facts, inputs);
    }
    constexpr void open(std::string_view, std::string_view = {}) {}
    constexpr void close() {}

private:
    constexpr Row& row(int number) { return rows[static_cast<std::size_t>(number)]; }

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
    constexpr std::array<int, sizeof...(Leaves)> counts{inputs_of<Leaves>...};
    return Draft<counts.size(), std::accumulate(counts.begin(), counts.end(), 0)>(input);
}

template <class Net>
inline constexpr auto draft = [] {
    auto draft = empty_draft(Net::input_type::shape, typename Net::Rows{});
    draft.template root<typename Net::body_type>(0);
    return draft;
}();

template <class Net>
constexpr auto make_plan() {
    static_assert(DescribedNetwork<Net>,
                  "[network.1] not a network: write struct Net : Network<Image<C, H, W>, Block> {}");
    if constexpr (!requires { Net::input_type::shape; }) {
        return Plan<1, 1, 1, 1>{};
    } else if constexpr (draft<Net>.problem.fault != Fault::None) {
        constexpr int row = draft<Net>.problem_row;
        static_assert(diagnose<Net, row, draft<Net>.rows[row].path, draft<Net>.problem>());
        return Plan<1, 1, 1, 1>{};
    } else {
        constexpr const auto& drafted = draft<Net>;
        constexpr std::array sizes = [] {
            const MaskGroups found(drafted.rows, drafted.edges);
            return std::array{found.segments.size(), found.groups.size()};
        }();
        Plan<drafted.rows.size(), drafted.edges.size(), sizes[0], sizes[1]> plan;
        plan.rows = drafted.rows;
        plan.edges = drafted.edges;
        const MaskGroups found(drafted.rows, drafted.edges);
        std::copy(found.segments.begin(), found.segments.end(), plan.segments.begin());
        std::copy(found.groups.begin(), found.groups.end(), plan.groups.begin());
        for (std::size_t r = 0; r < plan.rows.size(); ++r) {
            plan.rows[r].first_segment = found.first_of_row[r];
            plan.rows[r].segments = found.count_of_row[r];
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
template <class Number, class P>
constexpr Number alive_channels(const P& plan, int row, std::span<const Number> widths) {
    Number sum{};
    for (const Segment& segment : plan.channels(row))
        sum = sum + widths[static_cast<std::size_t>(segment.group)] * static_cast<Number>(segment.repeat);
    return sum;
}

/// The widths of all groups of an unpruned network.
template <class Number, class P>
constexpr auto full_widths(const P& plan) {
    std::array<Number, std::tuple_size_v<decltype(plan.groups)>> widths{};
    for (std::size_t g = 0; g < widths.size(); ++g)
        widths[g] = plan.groups[g].width;
    return widths;
}

} // namespace pliny
