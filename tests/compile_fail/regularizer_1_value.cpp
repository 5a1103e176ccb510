// error: \[regularizer\.1\] a regularizer has terms
// SPDX-License-Identifier: Apache-2.0
#include <pliny/cost/params.hpp>
#include <pliny/graph/sequential.hpp>
#include <pliny/layers/conv2d.hpp>
#include <pliny/methods/pit.hpp>

using namespace pliny;

struct Own {
    using terms = List<Limit<Percent<50>>>;
    static constexpr std::size_t states = 0;
#ifdef PLINY_POSITIVE
    static constexpr double value(const RegularizerStep&, std::span<const double>, std::span<double>) {
        return 0;
    }
#endif
    static constexpr void advance(const RegularizerStep&, std::span<double>) {}
};
struct Net : Network<Image<3, 8, 8>, Sequential<Conv2d<16>, Conv2d<4>>> {};
using Search = Pit<Net, Cost<Params>, Own>;
static_assert(Search::limits.size() == 1);
