// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/augmentation.hpp>
#include <pliny/datasets/dataset_error.hpp>
#include <pliny/datasets/examples.hpp>
#include <pliny/datasets/images.hpp>
#include <pliny/datasets/tensor_checks.hpp>

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/index_select.h>
#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace pliny {

PLINY_INLINE Examples::Examples(at::Tensor its_inputs, at::Tensor its_targets, std::int64_t its_classes,
                                std::string its_name)
    : inputs(std::move(its_inputs)), targets(std::move(its_targets)), classes(its_classes),
      name(std::move(its_name)) {}

PLINY_INLINE Examples::Examples(const Images& data)
    : inputs(data.images), targets(data.labels), classes(data.classes), name(data.name),
      skipped(data.skipped), mean(data.mean), std(data.std), resized_to(data.resized_to) {}

PLINY_INLINE std::pair<at::Tensor, at::Tensor> Examples::batch(const at::Tensor& indices) const {
    return detail::gathered(*this, indices);
}

} // namespace pliny

namespace pliny::detail {

PLINY_INLINE void check_tensors(const Examples& data) {
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

} // namespace pliny::detail

namespace pliny {

PLINY_INLINE std::vector<std::int64_t> Examples::input_shape() const {
    if (!inputs.defined())
        return {};
    std::vector<std::int64_t> shape(inputs.sizes().begin() + 1, inputs.sizes().end());
    if (are_bytes())
        shape = {bytes().channels(), bytes().height(), bytes().width()};
    return shape;
}

PLINY_INLINE std::vector<std::int64_t> Examples::target_shape() const {
    if (!targets.defined())
        return {};
    return {targets.sizes().begin() + 1, targets.sizes().end()};
}

PLINY_INLINE Examples Examples::first(std::int64_t n) const {
    if (n < 1 || n > size())
        detail::examples_error("the first " + std::to_string(n) + " asked for",
                               "1 to " + std::to_string(size()));
    return slice(0, n);
}

PLINY_INLINE Examples Examples::slice(std::int64_t first, std::int64_t count) const {
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

PLINY_INLINE Examples Examples::to(at::Device device) const {
    Examples moved = *this;
    if (inputs.defined())
        moved.inputs = inputs.to(device);
    if (targets.defined())
        moved.targets = targets.to(device);
    return moved;
}

PLINY_INLINE Examples Examples::resized(std::int64_t height, std::int64_t width) const {
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

PLINY_INLINE Examples Examples::reshaped(const std::vector<std::int64_t>& shape) const {
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

PLINY_INLINE at::Tensor Examples::gather_targets(at::Tensor& y, const at::Tensor& indices) const {
    detail::check_tensors(*this);
    const at::Tensor index = indices.defined() ? indices.contiguous() : indices;
    detail::check_indices(index, size(), inputs.device(), "examples");
    std::vector<std::int64_t> sizes{index.size(0)};
    sizes.insert(sizes.end(), targets.sizes().begin() + 1, targets.sizes().end());
    detail::prepare_output(y, sizes, targets.options());
    at::index_select_out(y, targets, 0, index);
    return index;
}

PLINY_INLINE void Examples::gather_into(at::Tensor& x, at::Tensor& y, const at::Tensor& indices) const {
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

PLINY_INLINE void Examples::gather_into(at::Tensor& x, at::Tensor& y, const at::Tensor& indices,
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

PLINY_INLINE void Examples::check() const {
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

PLINY_INLINE std::uint32_t Examples::checksum() const {
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
