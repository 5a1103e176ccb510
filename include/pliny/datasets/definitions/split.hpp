// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/examples.hpp>
#include <pliny/datasets/shuffle.hpp>
#include <pliny/datasets/split.hpp>
#include <pliny/datasets/standardisation.hpp>

#include <ATen/ops/index_select.h>
#include <ATen/ops/tensor.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

namespace pliny {

PLINY_INLINE Split split(const Examples& all, double test_share, std::uint64_t seed) {
    detail::check_tensors(all);
    const double wanted = test_share > 0 && test_share < 1 ? test_share : 0;
    const auto count = static_cast<std::size_t>(std::llround(wanted * static_cast<double>(all.size())));
    if (count < 1 || count >= static_cast<std::size_t>(all.size()))
        detail::examples_error("a share of " + detail::number_text(test_share) + " of " +
                                   std::to_string(all.size()) + " asked for to test with",
                               "a share above 0 and below 1 that leaves at least one on either side");
    std::vector<std::int64_t> order(static_cast<std::size_t>(all.size()));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    detail::shuffle(order, seed);
    const auto part = [&](std::size_t begin, std::size_t end) {
        const at::Tensor indices =
            at::tensor(at::ArrayRef<std::int64_t>(order).slice(begin, end - begin), at::kLong)
                .to(all.device());
        Examples examples = all;
        examples.inputs = at::index_select(all.inputs, 0, indices);
        examples.targets = at::index_select(all.targets, 0, indices);
        return examples;
    };
    return {part(count, order.size()), part(0, count)};
}

PLINY_INLINE Split standardised(const Split& parts) {
    const Standardisation standardise = Standardisation::of(parts.train);
    return {standardise(parts.train), standardise(parts.test)};
}

} // namespace pliny
