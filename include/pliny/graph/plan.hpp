// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/graph/diagnosis.hpp>
#include <pliny/graph/mask_groups.hpp>
#include <pliny/graph/network.hpp>
#include <pliny/graph/row.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <tuple>
#include <vector>

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

/// Collects the rows while a network is walked.
struct Draft : Walker<Draft> {
    std::vector<Row> rows;
    std::vector<int> edges;
    Problem problem;
    int problem_row = 0;

    constexpr explicit Draft(const Shape& input) {
        rows.push_back({.path = Path("input"), .facts = {.kind = Kind::Input, .out = input}, .in = input});
    }
    template <class L>
    constexpr int layer(int input) {
        return add(L::facts(rows[static_cast<std::size_t>(input)].out()), std::array{input});
    }
    constexpr int join(Kind kind, std::span<const int> inputs, Fault fault) {
        Facts facts{.kind = kind, .channels = kind == Kind::Add ? Channels::Join : Channels::Concat};
        facts.out = rows[static_cast<std::size_t>(inputs[0])].out();
        for (std::size_t i = 1; i < inputs.size(); ++i) {
            const Shape& other = rows[static_cast<std::size_t>(inputs[i])].out();
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
    constexpr int add(const Facts& facts, std::span<const int> inputs) {
        const int number = static_cast<int>(rows.size());
        if (facts.problem && !problem) {
            problem = facts.problem;
            problem_row = number;
        }
        rows.push_back({.path = path,
                        .facts = facts,
                        .in = rows[static_cast<std::size_t>(inputs[0])].out(),
                        .first_input = static_cast<int>(edges.size()),
                        .inputs = static_cast<int>(inputs.size())});
        for (int input : inputs) {
            edges.push_back(input);
            rows[static_cast<std::size_t>(input)].last_use = number;
            ++rows[static_cast<std::size_t>(input)].uses;
        }
        return number;
    }
};

template <class Net>
constexpr Draft draft() {
    Draft draft(Net::input_type::shape);
    draft.template root<typename Net::body_type>(0);
    return draft;
}

struct Measure {
    std::size_t rows, edges, segments, groups;
    Problem problem;
    int problem_row;
    Path problem_path;
};

template <class Net>
constexpr Measure measure() {
    const Draft drafted = draft<Net>();
    Measure measure{drafted.rows.size(),
                    drafted.edges.size(),
                    0,
                    0,
                    drafted.problem,
                    drafted.problem_row,
                    drafted.rows[static_cast<std::size_t>(drafted.problem_row)].path};
    if (drafted.problem)
        return measure;
    MaskGroups mask_groups(drafted.rows, drafted.edges);
    std::vector<MaskGroups::Runs> channels;
    measure.groups = mask_groups.groups(channels).size();
    for (const auto& runs : channels)
        measure.segments += runs.size();
    return measure;
}

template <class Net>
constexpr auto make_plan() {
    static_assert(DescribedNetwork<Net>,
                  "[network.1] not a network: write struct Net : Network<Image<C, H, W>, Block> {}");
    constexpr Measure size = measure<Net>();
    if constexpr (size.problem.fault != Fault::None) {
        diagnose<Net, size.problem_row, size.problem_path, size.problem>();
        return Plan<1, 1, 1, 1>{};
    } else {
        Plan<size.rows, size.edges, size.segments, size.groups> plan;
        const Draft drafted = draft<Net>();
        MaskGroups mask_groups(drafted.rows, drafted.edges);
        std::vector<MaskGroups::Runs> channels;
        const std::vector<Group> groups = mask_groups.groups(channels);
        for (std::size_t i = 0; i < size.groups; ++i)
            plan.groups[i] = groups[i];
        for (std::size_t i = 0; i < size.edges; ++i)
            plan.edges[i] = drafted.edges[i];
        std::size_t next = 0;
        for (std::size_t r = 0; r < size.rows; ++r) {
            plan.rows[r] = drafted.rows[r];
            plan.rows[r].first_segment = static_cast<int>(next);
            plan.rows[r].segments = static_cast<int>(channels[r].size());
            for (const Segment& segment : channels[r])
                plan.segments[next++] = segment;
        }
        return plan;
    }
}

} // namespace detail

/// The plan of a network, made by the compiler.
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
