// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <pliny/datasets/augmentation.hpp>
#include <pliny/datasets/dataset_error.hpp>
#include <pliny/datasets/images.hpp>
#include <pliny/datasets/tensor_checks.hpp>
#include <pliny/meta/compiled.hpp>

namespace pliny {

/// Inputs and targets in memory on one device, ready for batches: what a Trainer and `experiment` work on.
///
/// `inputs`: float32 [N, ...], as vectors [N, F], sequences [N, C, L] or images [N, C, H, W], which a batch
/// has as they are; or uint8 [N, C, H, W], which a batch has as (byte / 255 - `mean`) / `std`, in the size
/// `resized_to` (see `Images`, which convert to Examples). `targets`: int64 [N], classes in [0, `classes`);
/// or float32 [N] or [N, K], numbers, with `classes` 0. All are contiguous. `name`: what they really are, for
/// reports. `skipped`: how many broken files were left out. Copies share the tensors.
///
/// `from_tensors` makes them of tensors of other types; `check()` finds what must not be in them.
struct Examples {
    at::Tensor inputs;
    at::Tensor targets;
    std::int64_t classes = 0; // 0: the targets are numbers
    std::string name{};
    std::int64_t skipped = 0;
    std::vector<std::string> class_names{};   // of classes 0, 1, ..., where they are known
    std::vector<std::string> feature_names{}; // of a vector's features, where they are known
    double mean = 0;                          // of bytes, on the scale 0 to 1; nothing else uses these three
    double std = 1;
    std::array<std::int64_t, 2> resized_to{};

    Examples() = default;
    Examples(at::Tensor its_inputs, at::Tensor its_targets, std::int64_t its_classes = 0,
             std::string its_name = "own data");
    Examples(const Images& data);

    std::int64_t size() const { return inputs.defined() ? inputs.size(0) : 0; }
    at::Device device() const { return inputs.defined() ? inputs.device() : at::Device(at::kCPU); }

    /// Whether the inputs are images kept as bytes.
    bool are_bytes() const { return inputs.defined() && inputs.scalar_type() == at::kByte; }

    /// The extents of one input of a batch, [C, H, W] for images, and of one target: nothing for [N], [K] for
    /// [N, K].
    std::vector<std::int64_t> input_shape() const;
    std::vector<std::int64_t> target_shape() const;

    /// The first `n` examples, as views; throws `DatasetError` unless 1 <= n <= size().
    Examples first(std::int64_t n) const;

    /// The `count` examples from index `first` on, as views; throws `DatasetError` unless count >= 1 and all
    /// exist.
    Examples slice(std::int64_t first, std::int64_t count) const;

    /// The same examples on another device.
    Examples to(at::Device device) const;

    /// The same images, whose batches are [B, C, height, width] (see `Images::resized`). Throws
    /// `DatasetError` for inputs that are not kept as bytes, unless they have that size already.
    Examples resized(std::int64_t height, std::int64_t width) const;

    /// The same numbers as inputs of that shape: vectors of 784 become images with {1, 28, 28}, vectors of
    /// 140 sequences with {1, 140}. Throws `DatasetError` for bytes and where the numbers are not as many.
    Examples reshaped(const std::vector<std::int64_t>& shape) const;

    /// Writes the inputs and targets at `indices` (int64 [B], on this device) into `x` and `y`, whose memory
    /// is reused where it fits.
    ///
    /// `x`: float32 [B, input_shape()]; `y`: as `targets`, [B, target_shape()]. No synchronisation with the
    /// device. Throws `DatasetError` for malformed tensors and, on the CPU, for an index outside [0, size());
    /// on another device such an index is the device's own error.
    void gather_into(at::Tensor& x, at::Tensor& y, const at::Tensor& indices) const;

    /// The same, augmented (see `Images::gather_into`). Throws `DatasetError` also where an augmentation is
    /// asked for and the inputs are not kept as bytes.
    void gather_into(at::Tensor& x, at::Tensor& y, const at::Tensor& indices,
                     const Augmentation& augmentation, at::Generator& generator) const;

    /// The inputs and targets at `indices`, in new tensors (see `gather_into`).
    std::pair<at::Tensor, at::Tensor> batch(const at::Tensor& indices) const;

    /// Reads everything once and throws `DatasetError` for tensors of other types or shapes than those above,
    /// another number of targets than of inputs, a class outside [0, classes), an input or target that is no
    /// finite number: it names the first with its place.
    void check() const;

    /// CRC-32 of everything that batches depend on: shapes, inputs, targets, normalisation.
    std::uint32_t checksum() const;

private:
    Images bytes() const { return {inputs, {}, classes, mean, std, {}, 0, resized_to}; }
    at::Tensor gather_targets(at::Tensor& y, const at::Tensor& indices) const;
};

namespace detail {

/// Throws where the tensors of `data` have not the types and shapes that batches are made of.
PLINY_INLINE void check_tensors(const Examples& data);

} // namespace detail

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/datasets/definitions/examples.hpp>
#endif
