// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/datasets/augmentation.hpp>
#include <pliny/datasets/dataset_error.hpp>
#include <pliny/datasets/images.hpp>
#include <pliny/meta/text.hpp>

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/ScalarType.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pliny {

PLINY_INLINE std::pair<at::Tensor, at::Tensor> Images::batch(const at::Tensor& indices) const {
    return detail::gathered(*this, indices);
}

} // namespace pliny

namespace pliny::detail {

PLINY_INLINE void images_error(std::string_view found, std::string_view expected) {
    std::string message = "images: found ";
    message.append(found).append("; expected ").append(expected);
    throw DatasetError(message);
}

PLINY_INLINE std::string described(const at::Tensor& tensor) {
    if (!tensor.defined())
        return "an undefined tensor";
    return std::string(tensor.is_contiguous() ? "a " : "a not contiguous ") +
           c10::toString(tensor.scalar_type()) + " tensor of " + std::to_string(tensor.dim()) +
           " dimension(s) on " + tensor.device().str();
}

PLINY_INLINE void check_images(const Images& data) {
    const auto& images = data.images;
    const auto& labels = data.labels;
    const bool images_fit =
        images.defined() && images.scalar_type() == at::kByte && images.dim() == 4 && images.is_contiguous();
    if (!images_fit)
        images_error(described(images), "images as a contiguous uint8 tensor [N, C, H, W]");
    const bool labels_fit = labels.defined() && labels.scalar_type() == at::kLong && labels.dim() == 1 &&
                            labels.is_contiguous() && labels.device() == images.device();
    if (!labels_fit)
        images_error(described(labels), "labels as a contiguous int64 tensor [N], where the images are");
    if (labels.size(0) != images.size(0)) {
        images_error(std::to_string(labels.size(0)) + " labels",
                     std::to_string(images.size(0)) + ", one per image");
    }
    if (!(data.std > 0))
        images_error("a standard deviation of " + number_text(data.std), "a positive one");
}

PLINY_INLINE void check_indices(const at::Tensor& indices, std::int64_t size, at::Device device,
                                std::string_view of) {
    const auto error = [&](const std::string& found, const std::string& expected) {
        throw DatasetError(std::string(of) + ": found " + found + "; expected " + expected);
    };
    const bool fit = indices.defined() && indices.scalar_type() == at::kLong && indices.dim() == 1 &&
                     indices.device() == device;
    if (!fit)
        error(described(indices), "indices as an int64 tensor [B], where the " + std::string(of) + " are");
    if (!indices.is_cpu())
        return;
    const auto* index = indices.const_data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < indices.size(0); ++i) {
        if (index[i] < 0 || index[i] >= size)
            error("index " + std::to_string(index[i]) + " at position " + std::to_string(i),
                  "0 to " + std::to_string(size - 1));
    }
}

PLINY_INLINE void prepare_output(at::Tensor& out, at::IntArrayRef sizes, at::TensorOptions options) {
    const bool reusable = out.defined() && out.sizes() == sizes && out.options().type_equal(options) &&
                          out.device() == options.device() && out.is_contiguous() && !out.requires_grad() &&
                          out.is_inference() == c10::InferenceMode::is_enabled();
    if (!reusable)
        out = at::empty(sizes, options);
}

PLINY_INLINE at::Tensor byte_tensor(std::vector<std::uint8_t> bytes, at::IntArrayRef sizes) {
    auto owner = std::make_shared<std::vector<std::uint8_t>>(std::move(bytes));
    return at::from_blob(
        owner->data(), sizes, [owner](void*) {}, at::kByte);
}

PLINY_INLINE at::Tensor gather_bytes(const Images& data, at::Tensor& y, const at::Tensor& indices) {
    check_images(data);
    const at::Tensor index = indices.defined() ? indices.contiguous() : indices;
    check_indices(index, data.size(), data.images.device(), "images");
    prepare_output(y, index.sizes(), data.labels.options());
    at::index_select_out(y, data.labels, 0, index);
    return at::index_select(data.images, 0, index);
}

PLINY_INLINE void normalize_into(const Images& data, at::Tensor& x, const at::Tensor& bytes) {
    const std::array<std::int64_t, 4> sizes{bytes.size(0), data.channels(), data.height(), data.width()};
    const at::Tensor scale = at::scalar_tensor(1 / (255 * data.std), at::kFloat);
    const double shift = -data.mean / data.std;
    prepare_output(x, sizes, bytes.options().dtype(at::kFloat));
    if (x.sizes() == bytes.sizes()) {
        at::mul_out(x, bytes, scale); // uint8 times a float scalar is float32
        x.add_(shift);
    } else {
        const at::Tensor kept_size = at::mul(bytes, scale).add_(shift);
        at::upsample_bilinear2d_out(x, kept_size, {sizes[2], sizes[3]}, /*align_corners=*/false);
    }
}

} // namespace pliny::detail

namespace pliny {

PLINY_INLINE Images Images::first(std::int64_t n) const {
    if (n < 1 || n > size()) {
        detail::images_error("the first " + std::to_string(n) + " asked for",
                             "1 to " + std::to_string(size()));
    }
    return slice(0, n);
}

PLINY_INLINE Images Images::slice(std::int64_t first, std::int64_t count) const {
    if (first < 0 || count < 1 || first >= size() || count > size() - first) {
        detail::images_error(std::to_string(count) + " from index " + std::to_string(first) + " on asked for",
                             "1 or more, none beyond the " + std::to_string(size()) + " there are");
    }
    Images part = *this;
    part.images = images.narrow(0, first, count);
    part.labels = labels.narrow(0, first, count);
    return part;
}

PLINY_INLINE Images Images::to(at::Device device) const {
    Images moved = *this;
    moved.images = images.to(device);
    moved.labels = labels.to(device);
    return moved;
}

PLINY_INLINE Images Images::resized(std::int64_t height, std::int64_t width) const {
    constexpr std::int64_t largest = 16'384;
    if (height < 1 || width < 1 || height > largest || width > largest) {
        detail::images_error("a size of " + std::to_string(height) + " x " + std::to_string(width) +
                                 " asked for",
                             "1 to " + std::to_string(largest) + " each");
    }
    Images result = *this;
    result.resized_to = {height, width};
    return result;
}

PLINY_INLINE void Images::gather_into(at::Tensor& x, at::Tensor& y, const at::Tensor& indices) const {
    detail::normalize_into(*this, x, detail::gather_bytes(*this, y, indices));
}

PLINY_INLINE void Images::gather_into(at::Tensor& x, at::Tensor& y, const at::Tensor& indices,
                                      const Augmentation& augmentation, at::Generator& generator) const {
    at::Tensor bytes = detail::gather_bytes(*this, y, indices);
    detail::check_augmentation(augmentation, bytes.size(2), bytes.size(3), generator);
    if (augmentation.crop > 0 || augmentation.flip)
        bytes = detail::augmented(bytes, augmentation, generator);
    detail::normalize_into(*this, x, bytes);
}

} // namespace pliny
