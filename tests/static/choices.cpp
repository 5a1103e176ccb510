// SPDX-License-Identifier: Apache-2.0
// The plan of networks with choices: rows, alternatives, what belongs to what, paths.
#include "choice_networks.hpp"
#include "networks.hpp"

using namespace pliny;
using test::Around;
using test::Deepest;
using test::Nested;

/// The fields of an alternative, in their order.
constexpr std::array<int, 6> fields(const Alternative& a) {
    return {a.choice, a.number, a.first, a.end, a.output, a.parent};
}
template <class Net>
constexpr std::array<int, 6> alternative(int a) {
    return fields(plan<Net>.alternatives[static_cast<std::size_t>(a)]);
}
/// The inputs of a row are those given.
template <class Net, class... Inputs>
constexpr bool reads(int row, Inputs... inputs) {
    const std::array<int, sizeof...(Inputs)> expected{inputs...};
    const auto found = plan<Net>.inputs(row);
    return std::equal(found.begin(), found.end(), expected.begin(), expected.end());
}
/// The alternatives that the rows are part of, -1 for none.
template <class Net>
constexpr auto parts = [] {
    std::array<int, static_cast<std::size_t>(plan<Net>.size())> parts{};
    for (std::size_t r = 0; r < parts.size(); ++r)
        parts[r] = plan<Net>.rows[r].alternative;
    return parts;
}();

// Nested: choice, number, rows [first, end), output, parent. Those of the inner choice come first.
static_assert(plan<Nested>.size() == 13 && plan<Nested>.choices == std::array{7, 8});
static_assert(plan<Nested>.alternatives.size() == 5 && alternative_count<decltype(plan<Nested>)> == 5);
static_assert(choice_count<decltype(plan<Nested>)> == 2);
static_assert(alternative<Nested>(0) == std::array{7, 0, 5, 6, 5, 4});
static_assert(alternative<Nested>(1) == std::array{7, 1, 6, 7, 6, 4});
static_assert(alternative<Nested>(2) == std::array{8, 0, 2, 3, 2, -1});
static_assert(alternative<Nested>(3) == std::array{8, 1, 3, 3, 1, -1}); // the empty one: the stem's tensor
static_assert(alternative<Nested>(4) == std::array{8, 2, 3, 8, 7, -1});
static_assert(plan<Nested>[7].first_alternative == 0 && plan<Nested>[8].first_alternative == 2);
static_assert(plan<Nested>[6].first_alternative == -1 && plan<Nested>[0].first_alternative == -1);
static_assert(plan<Nested>.alternatives_of(7).size() == 2 && plan<Nested>.alternatives_of(8).size() == 3);
static_assert(fields(plan<Nested>.alternatives_of(8)[2]) == alternative<Nested>(4));
static_assert(parts<Nested> == std::array{-1, -1, 2, 4, 4, 0, 1, 4, -1, -1, -1, -1, -1});
static_assert(reads<Nested>(7, 5, 6) && reads<Nested>(8, 2, 1, 7) && reads<Nested>(9, 8));
static_assert(plan<Nested>[1].uses == 3 && plan<Nested>[1].last_use == 8); // 2, 3 and, empty, 8
static_assert(plan<Nested>[4].uses == 2 && plan<Nested>[7].uses == 1 && plan<Nested>[7].last_use == 8);
static_assert(plan<Nested>[2].path == "1.0" && plan<Nested>[3].path == "1.2.0");
static_assert(plan<Nested>[5].path == "1.2.2.0" && plan<Nested>[6].path == "1.2.2.wide");
static_assert(plan<Nested>[7].path == "1.2.2" && plan<Nested>[8].path == "1");
static_assert(plan<Nested>[8].facts.kind == Kind::Choice && plan<Nested>[8].out() == Shape{8, 8, 8});
static_assert(plan<Nested>[8].facts.channels == Channels::Join && !plan<Nested>[8].has_weights());
static_assert(std::is_same_v<ItemAt<7, Nested::Rows>, ChoiceRow<2>> &&
              std::is_same_v<ItemAt<8, Nested::Rows>, ChoiceRow<3>> && Nested::Rows::size == 13);

// The alternatives of a choice end in the channels of one group, with those of an empty one.
using test::frozen;
using test::group_of;
static_assert(plan<Nested>.groups.size() == 4 && group_of<Nested>(1) == 1 && group_of<Nested>(3) == 2);
static_assert(group_of<Nested>(2) == 1 && group_of<Nested>(5) == 1 && group_of<Nested>(6) == 1);
static_assert(group_of<Nested>(7) == 1 && group_of<Nested>(8) == 1 && group_of<Nested>(10) == 1);
static_assert(plan<Nested>.groups[1].first_row == 1 && !frozen<Nested>(1) && !frozen<Nested>(3));
static_assert(frozen<Nested>(12) && plan<Nested>.channels(11)[0].repeat == 64);

// Around: the sum unites stem and body; the second branch of the concat is the stem.
static_assert(plan<Around>.size() == 20 && plan<Around>.choices == std::array{4, 9, 14, 17});
static_assert(parts<Around> ==
              std::array{-1, -1, 0, 1, -1, -1, -1, 2, 3, -1, -1, -1, 4, 5, -1, 6, 7, -1, -1, -1});
static_assert(alternative<Around>(1) == std::array{4, 1, 3, 4, 3, -1});
static_assert(alternative<Around>(7) == std::array{17, 1, 16, 17, 16, -1});
static_assert(reads<Around>(4, 2, 3) && reads<Around>(6, 4, 5) && reads<Around>(11, 9, 10));
static_assert(reads<Around>(12, 11) && reads<Around>(14, 12, 13) && reads<Around>(16, 14));
static_assert(plan<Around>[2].path == "1.body.0" && plan<Around>[3].path == "1.body.1");
static_assert(plan<Around>[4].path == "1.body" && plan<Around>[9].path == "2.0");
static_assert(plan<Around>[13].path == "3.0.skip" && plan<Around>[17].path == "3.1");
static_assert(plan<Around>[3].facts.kind == Kind::Zero && plan<Around>[3].facts.keeps_zero);
static_assert(plan<Around>[3].out() == Shape{4, 8, 8} && plan<Around>[3].facts.weights == 0);
static_assert(group_of<Around>(1) == group_of<Around>(2) && group_of<Around>(1) == group_of<Around>(3));
static_assert(group_of<Around>(7) == group_of<Around>(8) && !frozen<Around>(7) && !frozen<Around>(1));
// Identity against a convolution: the convolution takes the borders of the concat.
static_assert(test::runs_are<Around>(12, 2, 4) && test::runs_are<Around>(17, 2, 4));
static_assert(plan<Around>.channels(15)[1].group == group_of<Around>(1));
static_assert(plan<Around>.groups.size() == 4);

// Deepest: rows 1 linear; 2 the shorter, 3 and 4 the longer way, 5 their choice, 6 ReLU, 7 linear; 8 linear,
// 9 ReLU, 10 linear, 11 choice, 12 linear; 13 the choice among these three, 14 linear, 15 linear, 16 the
// network.
static_assert(plan<Deepest>.choices == std::array{5, 11, 13, 16} && plan<Deepest>.size() == 17);
static_assert(alternative<Deepest>(0) == std::array{5, 0, 2, 3, 2, 6});
static_assert(alternative<Deepest>(1) == std::array{5, 1, 3, 5, 4, 6});
static_assert(alternative<Deepest>(2) == std::array{11, 0, 9, 10, 9, 7});
static_assert(alternative<Deepest>(4) == std::array{11, 2, 11, 11, 8, 7});
static_assert(alternative<Deepest>(5) == std::array{13, 0, 1, 2, 1, 8});
static_assert(alternative<Deepest>(6) == std::array{13, 1, 2, 8, 7, 8});
static_assert(alternative<Deepest>(7) == std::array{13, 2, 8, 13, 12, 8});
static_assert(alternative<Deepest>(8) == std::array{16, 0, 1, 15, 14, -1});
static_assert(alternative<Deepest>(9) == std::array{16, 1, 15, 15, 0, -1});
static_assert(alternative<Deepest>(10) == std::array{16, 2, 15, 16, 15, -1});
static_assert(parts<Deepest> == std::array{-1, 5, 0, 1, 1, 6, 6, 6, 7, 2, 3, 7, 7, 8, 8, 10, -1});
static_assert(plan<Deepest>[16].path.empty() && plan<Deepest>[5].path == "0.0.1.0");
static_assert(plan<Deepest>[2].path == "0.0.1.0.0" && plan<Deepest>[15].path == "2");
static_assert(frozen<Deepest>(14) && frozen<Deepest>(15) && group_of<Deepest>(14) == 0);

// One alternative is a choice, too; so are empty ones only.
struct Sole : Network<Features<4>, Sequential<Choice<Linear<3>>, Choice<Sequential<>, Sequential<>>>> {};
static_assert(plan<Sole>.size() == 4 && plan<Sole>.choices == std::array{2, 3});
static_assert(alternative<Sole>(2) == std::array{3, 1, 3, 3, 2, -1} && reads<Sole>(3, 2, 2));
static_assert(plan<Sole>[2].uses == 2 && plan<Sole>[2].last_use == 3);

// Networks without choices have none of it.
static_assert(plan<Cnn>.alternatives.empty() && plan<Cnn>.choices.empty());
static_assert(parts<Cnn> == std::array{-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1});

// Channels of a concat in one alternative, of a convolution in the other: borders at 2 of 6.
struct Split
    : Network<Image<3, 4, 4>, Sequential<Choice<Concat<Conv2d<2>, Conv2d<4>>, Conv2d<6>>, Conv2d<2>>> {};
static_assert(test::runs_are<Split>(4, 2, 4) && test::runs_are<Split>(5, 2, 4));
static_assert(plan<Split>.channels(4)[0].group == group_of<Split>(1));
// A grouped convolution in one alternative freezes the other, and what is before both.
struct Grouped
    : Network<Image<3, 4, 4>, Sequential<Conv2d<4>, Choice<Conv2d<8, Groups<2>>, Conv2d<8>>, Conv2d<2>>> {};
static_assert(frozen<Grouped>(1) && frozen<Grouped>(2) && frozen<Grouped>(3) && frozen<Grouped>(4));
// An empty alternative on the input of the network freezes the others.
struct FromInput : Network<Image<3, 4, 4>, Sequential<Choice<Conv2d<3>, Sequential<>>, Conv2d<2>>> {};
static_assert(frozen<FromInput>(1) && frozen<FromInput>(2) && plan<FromInput>.groups.size() == 2);
