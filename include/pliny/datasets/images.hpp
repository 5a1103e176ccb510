// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/scalar_tensor.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/ScalarType.h>

#include <pliny/datasets/idx.hpp>

namespace pliny {

/// Labelled images, kept as bytes on one device and normalised batch by batch to (byte / 255 - mean) / std.
///
/// `images`: uint8 [N, C, H, W], contiguous; `labels`: int64 [N], contiguous, in [0, classes).
/// `mean`, `std`: of all pixels, on the scale 0 to 1. Copies share the tensors.
struct Images {
    at::Tensor images;
    at::Tensor labels;
    std::int64_t classes = 0;
    double mean = 0;
    double std = 1;

    std::int64_t size() const { return images.defined() ? images.size(0) : 0; }

    /// The first `n` images, as views; throws `DatasetError` unless 1 <= n <= size().
    Images first(std::int64_t n) const;

    /// The same images on another device.
    Images to(at::Device device) const { return {images.to(device), labels.to(device), classes, mean, std}; }

    /// Writes the normalised images and the labels at `indices` (int64 [B], on this device) into `x` and `y`.
    ///
    /// `x`: float32 [B, C, H, W]; `y`: int64 [B]; their memory is reused where it fits, else they are
    /// replaced. A gather, a product and a sum, each rounded once, so that a value depends neither on its
    /// place in the batch nor on the number of threads; no synchronisation with the device. Throws
    /// `DatasetError` for malformed tensors and, on the CPU, for an index outside [0, size()); on another
    /// device such an index is the device's own error.
    void gather_into(at::Tensor& x, at::Tensor& y, const at::Tensor& indices) const;

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
        images_error("a standard deviation of " + std::to_string(data.std), "a positive one");
}

inline void check_indices(const Images& data, const at::Tensor& indices) {
    const bool fit = indices.defined() && indices.scalar_type() == at::kLong && indices.dim() == 1 &&
                     indices.device() == data.images.device();
    if (!fit)
        images_error(described(indices), "indices as an int64 tensor [B], where the images are");
    if (!indices.is_cpu())
        return;
    const auto* index = indices.const_data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < indices.size(0); ++i) {
        if (index[i] < 0 || index[i] >= data.size()) {
            images_error("index " + std::to_string(index[i]) + " at position " + std::to_string(i),
                         "0 to " + std::to_string(data.size() - 1));
        }
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

} // namespace detail

inline Images Images::first(std::int64_t n) const {
    if (n < 1 || n > size()) {
        detail::images_error("the first " + std::to_string(n) + " asked for",
                             "1 to " + std::to_string(size()));
    }
    return {images.narrow(0, 0, n), labels.narrow(0, 0, n), classes, mean, std};
}

inline void Images::gather_into(at::Tensor& x, at::Tensor& y, const at::Tensor& indices) const {
    detail::check_images(*this);
    const at::Tensor index = indices.defined() ? indices.contiguous() : indices;
    detail::check_indices(*this, index);
    const std::array<std::int64_t, 4> sizes{index.size(0), images.size(1), images.size(2), images.size(3)};
    detail::prepare_output(x, sizes, images.options().dtype(at::kFloat));
    detail::prepare_output(y, index.sizes(), labels.options());
    const at::Tensor scale = at::scalar_tensor(1 / (255 * std), at::kFloat);
    at::index_select_out(y, labels, 0, index);
    at::mul_out(x, at::index_select(images, 0, index), scale); // uint8 times a float scalar is float32
    x.add_(-mean / std);
}

} // namespace pliny
