// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <zlib.h>

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/index_select.h>

#include <pliny/datasets/augmentation.hpp>
#include <pliny/datasets/dataset_error.hpp>
#include <pliny/datasets/images.hpp>
#include <pliny/datasets/tensor_checks.hpp>

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
             std::string its_name = "own data")
        : inputs(std::move(its_inputs)), targets(std::move(its_targets)), classes(its_classes),
          name(std::move(its_name)) {}
    Examples(const Images& data)
        : inputs(data.images), targets(data.labels), classes(data.classes), name(data.name),
          skipped(data.skipped), mean(data.mean), std(data.std), resized_to(data.resized_to) {}

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
    std::pair<at::Tensor, at::Tensor> batch(const at::Tensor& indices) const {
        std::pair<at::Tensor, at::Tensor> result;
        gather_into(result.first, result.second, indices);
        return result;
    }

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
inline void check_tensors(const Examples& data) {
    const at::Tensor &inputs = data.inputs, &targets = data.targets;
    const bool bytes = data.are_bytes();
    const bool inputs_fit =
        inputs.defined() && inputs.is_contiguous() &&
        (bytes ? inputs.dim() == 4 : inputs.scalar_type() == at::kFloat && inputs.dim() >= 2);
    if (!inputs_fit)
        examples_error(described(inputs) + " as inputs",
                       "a contiguous float32 tensor [N, ...] or a uint8 tensor [N, C, H, W]; from_tensors() "
                       "converts others");
    const bool classes = data.classes > 0;
    const bool targets_fit =
        targets.defined() && targets.is_contiguous() && targets.device() == inputs.device() &&
        (classes ? targets.scalar_type() == at::kLong && targets.dim() == 1
                 : targets.scalar_type() == at::kFloat && (targets.dim() == 1 || targets.dim() == 2));
    if (!targets_fit)
        examples_error(described(targets) + " as targets, with " + std::to_string(data.classes) + " classes",
                       classes
                           ? "a contiguous int64 tensor [N], where the inputs are; from_tensors() converts "
                             "others"
                           : "a contiguous float32 tensor [N] or [N, K], where the inputs are, or the "
                             "number of classes; from_tensors() converts others");
    if (targets.size(0) != inputs.size(0))
        examples_error(std::to_string(targets.size(0)) + " targets",
                       std::to_string(inputs.size(0)) + ", one per input");
    if (bytes && !(data.std > 0))
        examples_error("a standard deviation of " + number_text(data.std), "a positive one");
}

} // namespace detail

inline std::vector<std::int64_t> Examples::input_shape() const {
    if (!inputs.defined())
        return {};
    std::vector<std::int64_t> shape(inputs.sizes().begin() + 1, inputs.sizes().end());
    if (are_bytes())
        shape = {bytes().channels(), bytes().height(), bytes().width()};
    return shape;
}

inline std::vector<std::int64_t> Examples::target_shape() const {
    if (!targets.defined())
        return {};
    return {targets.sizes().begin() + 1, targets.sizes().end()};
}

inline Examples Examples::first(std::int64_t n) const {
    if (n < 1 || n > size())
        detail::examples_error("the first " + std::to_string(n) + " asked for",
                               "1 to " + std::to_string(size()));
    return slice(0, n);
}

inline Examples Examples::slice(std::int64_t first, std::int64_t count) const {
    if (first < 0 || count < 1 || first >= size() || count > size() - first)
        detail::examples_error(std::to_string(count) + " from index " + std::to_string(first) +
                                   " on asked for",
                               "1 or more, none beyond the " + std::to_string(size()) + " there are");
    detail::check_tensors(*this);
    Examples part = *this;
    part.inputs = inputs.narrow(0, first, count);
    part.targets = targets.narrow(0, first, count);
    return part;
}

inline Examples Examples::to(at::Device device) const {
    Examples moved = *this;
    if (inputs.defined())
        moved.inputs = inputs.to(device);
    if (targets.defined())
        moved.targets = targets.to(device);
    return moved;
}

inline Examples Examples::resized(std::int64_t height, std::int64_t width) const {
    const std::vector<std::int64_t> shape = input_shape();
    if (!are_bytes() && (shape.size() != 3 || shape[1] != height || shape[2] != width))
        detail::examples_error("inputs of " + detail::extents_text(shape) + " asked for in the size " +
                                   std::to_string(height) + " x " + std::to_string(width),
                               "images kept as bytes, uint8 [N, C, H, W]: only those are resized");
    Examples result = *this;
    if (are_bytes())
        result.resized_to = bytes().resized(height, width).resized_to;
    return result;
}

inline Examples Examples::reshaped(const std::vector<std::int64_t>& shape) const {
    detail::check_tensors(*this);
    std::vector<std::int64_t> sizes{size()};
    std::int64_t left = inputs.numel() / std::max<std::int64_t>(1, size());
    for (const std::int64_t extent : shape) {
        sizes.push_back(extent);
        left = extent > 0 && left % extent == 0 ? left / extent : 0;
    }
    if (left != 1 || are_bytes() || shape.empty())
        detail::examples_error("inputs of " + detail::extents_text(input_shape()) +
                                   (are_bytes() ? " bytes" : "") + " asked for as " +
                                   detail::extents_text(shape),
                               "float32 inputs, and a shape of as many numbers");
    Examples result = *this;
    result.inputs = inputs.view(sizes);
    return result;
}

inline at::Tensor Examples::gather_targets(at::Tensor& y, const at::Tensor& indices) const {
    detail::check_tensors(*this);
    const at::Tensor index = indices.defined() ? indices.contiguous() : indices;
    detail::check_indices(index, size(), inputs.device(), "examples");
    std::vector<std::int64_t> sizes{index.size(0)};
    sizes.insert(sizes.end(), targets.sizes().begin() + 1, targets.sizes().end());
    detail::prepare_output(y, sizes, targets.options());
    at::index_select_out(y, targets, 0, index);
    return index;
}

inline void Examples::gather_into(at::Tensor& x, at::Tensor& y, const at::Tensor& indices) const {
    const at::Tensor index = gather_targets(y, indices);
    if (are_bytes()) {
        detail::normalize_into(bytes(), x, at::index_select(inputs, 0, index));
        return;
    }
    std::vector<std::int64_t> sizes = inputs.sizes().vec();
    sizes[0] = index.size(0);
    detail::prepare_output(x, sizes, inputs.options());
    at::index_select_out(x, inputs, 0, index);
}

inline void Examples::gather_into(at::Tensor& x, at::Tensor& y, const at::Tensor& indices,
                                  const Augmentation& augmentation, at::Generator& generator) const {
    const bool asked = augmentation.crop != 0 || augmentation.flip;
    if (!are_bytes()) {
        if (asked && inputs.defined())
            detail::examples_error("an augmentation asked for and inputs of " +
                                       detail::extents_text(input_shape()) + " as float32",
                                   "images kept as bytes, uint8 [N, C, H, W]: only those are cropped and "
                                   "mirrored");
        gather_into(x, y, indices);
        return;
    }
    const at::Tensor index = gather_targets(y, indices);
    at::Tensor gathered = at::index_select(inputs, 0, index);
    detail::check_augmentation(augmentation, gathered.size(2), gathered.size(3), generator);
    if (asked)
        gathered = detail::augmented(gathered, augmentation, generator);
    detail::normalize_into(bytes(), x, gathered);
}

inline void Examples::check() const {
    detail::check_tensors(*this);
    if (size() == 0)
        detail::examples_error("0 examples", "at least 1");
    if (!are_bytes())
        detail::check_finite(inputs, "inputs");
    if (classes > 0)
        detail::check_classes(targets, classes);
    else
        detail::check_finite(targets, "targets");
}

inline std::uint32_t Examples::checksum() const {
    detail::check_tensors(*this);
    std::vector<std::int64_t> facts{inputs.dim(), targets.dim(), classes, resized_to[0], resized_to[1]};
    facts.insert(facts.end(), inputs.sizes().begin(), inputs.sizes().end());
    facts.insert(facts.end(), targets.sizes().begin(), targets.sizes().end());
    if (are_bytes()) {
        for (const double fact : {mean, std})
            std::memcpy(&facts.emplace_back(), &fact, sizeof fact);
    }
    uLong crc = 0;
    const auto add = [&](const void* data, std::size_t size) {
        crc = crc32_z(crc, static_cast<const Bytef*>(data), size);
    };
    add(facts.data(), facts.size() * sizeof facts[0]);
    for (const at::Tensor& tensor : {inputs.cpu(), targets.cpu()})
        add(tensor.const_data_ptr(), tensor.nbytes());
    return static_cast<std::uint32_t>(crc);
}

} // namespace pliny
