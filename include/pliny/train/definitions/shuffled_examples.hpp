// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/augmentation.hpp>
#include <pliny/datasets/examples.hpp>
#include <pliny/train/definitions/derived_seed.hpp>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <cstdint>
#include <string>
#include <utility>

namespace pliny::detail {

/// The examples of one epoch in a random order, batch by batch, augmented. Everything random follows from the
/// seed, the name, the epoch and the batch.
class ShuffledExamples {
public:
    /// In batches for `needed` examples; those of the data set come again where they are fewer.
    ShuffledExamples(const Examples& of, const Augmentation& how, std::uint64_t the_seed,
                     std::string its_name, int its_epoch, std::int64_t needed)
        : examples(of), augmentation(how), seed(the_seed), name(std::move(its_name)),
          epoch(static_cast<std::uint64_t>(its_epoch) + 1) {
        generator.set_current_seed(derived_seed(seed, name, epoch));
        order = at::randperm(examples.size(), generator, at::TensorOptions(at::kLong))
                    .repeat({(needed + examples.size() - 1) / examples.size()})
                    .to(examples.device());
    }

    /// Writes `count` examples from `first` on into x and y.
    void gather_into(at::Tensor& x, at::Tensor& y, std::int64_t batch, std::int64_t first,
                     std::int64_t count) {
        generator.set_current_seed(derived_seed(seed, name, epoch, static_cast<std::uint64_t>(batch) + 1));
        examples.gather_into(x, y, order.narrow(0, first, count), augmentation, generator);
    }

private:
    Examples examples; // shares its tensors
    Augmentation augmentation;
    std::uint64_t seed;
    std::string name;
    std::uint64_t epoch;
    at::Generator generator = at::make_generator<at::CPUGeneratorImpl>();
    at::Tensor order;
};

} // namespace pliny::detail
