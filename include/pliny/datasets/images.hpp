// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <pliny/datasets/augmentation.hpp>
#include <pliny/datasets/dataset_error.hpp>
#include <pliny/meta/compiled.hpp>
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
    std::pair<at::Tensor, at::Tensor> batch(const at::Tensor& indices) const;
};

namespace detail {

[[noreturn]] PLINY_INLINE void images_error(std::string_view found, std::string_view expected);

PLINY_INLINE std::string described(const at::Tensor& tensor);
PLINY_INLINE void check_images(const Images& data);

/// Throws unless `indices` are an int64 tensor [B] on that device and, on the CPU, within [0, size).
PLINY_INLINE void check_indices(const at::Tensor& indices, std::int64_t size, at::Device device,
                                std::string_view of);

/// What `data.gather_into` writes, in new tensors.
template <class Data>
std::pair<at::Tensor, at::Tensor> gathered(const Data& data, const at::Tensor& indices) {
    std::pair<at::Tensor, at::Tensor> result;
    data.gather_into(result.first, result.second, indices);
    return result;
}

/// Makes `out` a tensor that may be overwritten, keeping its memory if it fits.
PLINY_INLINE void prepare_output(at::Tensor& out, at::IntArrayRef sizes, at::TensorOptions options);

/// A uint8 tensor that takes over `bytes`, as many as the product of `sizes`.
PLINY_INLINE at::Tensor byte_tensor(std::vector<std::uint8_t> bytes, at::IntArrayRef sizes);

/// Writes the labels at `indices` into `y` and returns the bytes of the images there.
PLINY_INLINE at::Tensor gather_bytes(const Images& data, at::Tensor& y, const at::Tensor& indices);

/// Writes `bytes` [B, C, H, W] into `x`, normalised and, where `data` says so, resized.
PLINY_INLINE void normalize_into(const Images& data, at::Tensor& x, const at::Tensor& bytes);

} // namespace detail

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/datasets/definitions/images.hpp>
#endif
