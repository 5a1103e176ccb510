// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

#include <pliny/datasets/augmentation.hpp>
#include <pliny/datasets/dataset_error.hpp>
#include <pliny/meta/text.hpp>

namespace pliny {

/// Labelled images, kept as bytes on one device and normalised batch by batch to (byte / 255 - mean) / std.
///
/// `images`: uint8 [N, C, H, W], contiguous; `labels`: int64 [N], contiguous, in [0, classes).
/// `mean`, `std`: of all pixels, on the scale 0 to 1. `name`: what the images really are, for reports.
/// `skipped`: how many broken files were left out. `resized_to`: height and width of the images of a batch,
/// set by `resized`; zeros: as they are kept. Copies share the tensors.
struct Images {
    at::Tensor images;
    at::Tensor labels;
    std::int64_t classes = 0;
    double mean = 0;
    double std = 1;
    std::string name{};
    std::int64_t skipped = 0;
    std::array<std::int64_t, 2> resized_to{};

    std::int64_t size() const { return images.defined() ? images.size(0) : 0; }

    /// Channels, height and width of the images of a batch; 0 where there are no images.
    std::int64_t channels() const { return images.defined() ? images.size(1) : 0; }
    std::int64_t height() const {
        return resized_to[0] > 0 || !images.defined() ? resized_to[0] : images.size(2);
    }
    std::int64_t width() const {
        return resized_to[1] > 0 || !images.defined() ? resized_to[1] : images.size(3);
    }

    /// The first `n` images, as views; throws `DatasetError` unless 1 <= n <= size().
    Images first(std::int64_t n) const;

    /// The `count` images from index `first` on, as views; throws `DatasetError` unless count >= 1 and all
    /// exist.
    Images slice(std::int64_t first, std::int64_t count) const;

    /// The same images on another device.
    Images to(at::Device device) const;

    /// The same images, whose batches are [B, C, height, width]: bilinear, as `interpolate` of PyTorch with
    /// align_corners = false and without antialiasing, from the size in which they are kept.
    ///
    /// Throws `DatasetError` unless both are 1 to 16,384.
    Images resized(std::int64_t height, std::int64_t width) const;

    /// Writes the normalised images and the labels at `indices` (int64 [B], on this device) into `x` and `y`.
    ///
    /// `x`: float32 [B, C, height(), width()]; `y`: int64 [B]; their memory is reused where it fits, else
    /// they are replaced. A gather, a product and a sum, each rounded once, and the resizing, which needs one
    /// temporary batch of the kept size, so that a value depends neither on its place in the batch nor on the
    /// number of threads; no synchronisation with the device. Throws `DatasetError` for malformed tensors
    /// and, on the CPU, for an index outside [0, size()); on another device such an index is the device's own
    /// error.
    void gather_into(at::Tensor& x, at::Tensor& y, const at::Tensor& indices) const;

    /// The same, augmented: changes the bytes before they are normalised and resized.
    ///
    /// All that is random comes from `generator`, of the CPU wherever the images are (see `Augmentation`); an
    /// augmentation that changes nothing draws nothing. Throws `DatasetError` also where crop is negative or
    /// not smaller than the images.
    void gather_into(at::Tensor& x, at::Tensor& y, const at::Tensor& indices,
                     const Augmentation& augmentation, at::Generator& generator) const;

    /// The normalised images and the labels at `indices`, in new tensors (see `gather_into`).
    std::pair<at::Tensor, at::Tensor> batch(const at::Tensor& indices) const {
        std::pair<at::Tensor, at::Tensor> result;
        gather_into(result.first, result.second, indices);
        return result;
    }
};

namespace detail {

[[noreturn]] inline void images_error(std::string_view found, std::string_view expected) {
    std::string message = "images: found ";
    message.append(found).append("; expected ").append(expected);
    throw DatasetError(message);
}

inline std::string described(const at::Tensor& tensor) {
    if (!tensor.defined())
        return "an undefined tensor";
    return std::string(tensor.is_contiguous() ? "a " : "a not contiguous ") +
           c10::toString(tensor.scalar_type()) + " tensor of " + std::to_string(tensor.dim()) +
           " dimension(s) on " + tensor.device().str();
}

inline void check_images(const Images& data) {
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

/// Throws unless `indices` are an int64 tensor [B] on that device and, on the CPU, within [0, size).
inline void check_indices(const at::Tensor& indices, std::int64_t size, at::Device device,
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

/// Makes `out` a tensor that may be overwritten, keeping its memory if it fits.
inline void prepare_output(at::Tensor& out, at::IntArrayRef sizes, at::TensorOptions options) {
    const bool reusable = out.defined() && out.sizes() == sizes && out.options().type_equal(options) &&
                          out.device() == options.device() && out.is_contiguous() && !out.requires_grad() &&
                          out.is_inference() == c10::InferenceMode::is_enabled();
    if (!reusable)
        out = at::empty(sizes, options);
}

/// A uint8 tensor that takes over `bytes`, as many as the product of `sizes`.
inline at::Tensor byte_tensor(std::vector<std::uint8_t> bytes, at::IntArrayRef sizes) {
    auto owner = std::make_shared<std::vector<std::uint8_t>>(std::move(bytes));
    return at::from_blob(
        owner->data(), sizes, [owner](void*) {}, at::kByte);
}

/// Writes the labels at `indices` into `y` and returns the bytes of the images there.
inline at::Tensor gather_bytes(const Images& data, at::Tensor& y, const at::Tensor& indices) {
    check_images(data);
    const at::Tensor index = indices.defined() ? indices.contiguous() : indices;
    check_indices(index, data.size(), data.images.device(), "images");
    prepare_output(y, index.sizes(), data.labels.options());
    at::index_select_out(y, data.labels, 0, index);
    return at::index_select(data.images, 0, index);
}

/// Writes `bytes` [B, C, H, W] into `x`, normalised and, where `data` says so, resized.
inline void normalize_into(const Images& data, at::Tensor& x, const at::Tensor& bytes) {
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

} // namespace detail

inline Images Images::first(std::int64_t n) const {
    if (n < 1 || n > size()) {
        detail::images_error("the first " + std::to_string(n) + " asked for",
                             "1 to " + std::to_string(size()));
    }
    return slice(0, n);
}

inline Images Images::slice(std::int64_t first, std::int64_t count) const {
    if (first < 0 || count < 1 || first >= size() || count > size() - first) {
        detail::images_error(std::to_string(count) + " from index " + std::to_string(first) + " on asked for",
                             "1 or more, none beyond the " + std::to_string(size()) + " there are");
    }
    Images part = *this;
    part.images = images.narrow(0, first, count);
    part.labels = labels.narrow(0, first, count);
    return part;
}

inline Images Images::to(at::Device device) const {
    Images moved = *this;
    moved.images = images.to(device);
    moved.labels = labels.to(device);
    return moved;
}

inline Images Images::resized(std::int64_t height, std::int64_t width) const {
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

inline void Images::gather_into(at::Tensor& x, at::Tensor& y, const at::Tensor& indices) const {
    detail::normalize_into(*this, x, detail::gather_bytes(*this, y, indices));
}

inline void Images::gather_into(at::Tensor& x, at::Tensor& y, const at::Tensor& indices,
                                const Augmentation& augmentation, at::Generator& generator) const {
    at::Tensor bytes = detail::gather_bytes(*this, y, indices);
    detail::check_augmentation(augmentation, bytes.size(2), bytes.size(3), generator);
    if (augmentation.crop > 0 || augmentation.flip)
        bytes = detail::augmented(bytes, augmentation, generator);
    detail::normalize_into(*this, x, bytes);
}

} // namespace pliny
