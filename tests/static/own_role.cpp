// SPDX-License-Identifier: Apache-2.0
// A word for a search with an argument of a role that the library does not know.
#include <pliny/core.hpp>

#include <type_traits>

using namespace pliny;

namespace own {

/// Widths are multiples of what one vector register holds.
struct Register {};
template <int Bytes>
struct RegisterOf {
    static_assert(Bytes % 4 == 0);
    using role = Register;
    static constexpr int lanes = Bytes / 4;
};
struct Avx512 : RegisterOf<64> {};

template <class Subject, class... Parts>
struct Vectorized;

template <class... Parts>
struct Check {
    static constexpr bool known =
        detail::parts_among<List<Register, roles::Costs, roles::Regularizer>, Parts...>;
    static constexpr bool valid = known && detail::parts_distinct<Parts...>;
};

} // namespace own

template <class Subject, class... Parts>
struct pliny::SearchWord<own::Vectorized<Subject, Parts...>> {
    static constexpr bool known = true;
    using subject = Subject;
    using parts = List<Parts...>;
    using method =
        methods::Widths<Multiple<detail::PartOr<own::Register, own::RegisterOf<16>, Parts...>::lanes>>;
    using default_costs = Cost<Params>;
    using check = own::Check<Parts...>;
};

namespace own {

template <class Subject, class... Parts>
struct Vectorized : detail::SearchOf<Vectorized<Subject, Parts...>> {};

template <class... Parts>
inline constexpr bool valid = SearchWord<Vectorized<Cnn, Parts...>>::check::valid;
static_assert(valid<> && valid<RegisterOf<32>, Cost<Ops>> && valid<Avx512>);
static_assert(!valid<RegisterOf<32>, RegisterOf<32>> && !valid<RegisterOf<32>, Avx512>);
static_assert(!valid<Cost<Ops>, Cost<Ops>> && !valid<Gumbel> && !valid<int>);
static_assert(!detail::pit_parts_known<Avx512> && detail::pit_parts_known<Cost<Ops>>);

template <class One, class Other>
inline constexpr bool same = std::is_same_v<Lowered<One>, Lowered<Other>>;
static_assert(same<Vectorized<Cnn>, Pit<Cnn, Cost<Params>, Multiple<4>>>);
static_assert(same<Vectorized<Cnn, Avx512>, Pit<Cnn, Multiple<16>, Cost<Params>>>);
static_assert(same<Mps<Vectorized<Cnn, Avx512>>, Mps<Pit<Cnn, Multiple<16>>>>);

} // namespace own
