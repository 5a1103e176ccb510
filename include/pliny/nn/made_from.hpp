// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <cstring>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace pliny::detail {

/// A mutex of each object's own: what is moved, or moved to, gets a free one.
class OwnMutex : public std::mutex {
public:
    OwnMutex() = default;
    OwnMutex(OwnMutex&&) noexcept : std::mutex() {}
    OwnMutex& operator=(OwnMutex&&) noexcept { return *this; }
};

/// What tensors hold at a moment, as a copy: LibTorch's counters of versions miss what is written through
/// data(), through pointers and by fused optimisers.
class TensorContents {
public:
    explicit TensorContents(const std::vector<at::Tensor>& tensors) {
        for (const at::Tensor& tensor : tensors)
            copies.push_back(tensor.detach().clone());
    }

    /// Whether tensors hold the same in the same types, layouts and places.
    bool same(const std::vector<at::Tensor>& now) const {
        if (now.size() != copies.size())
            return false;
        std::vector<at::Tensor> differences; // on other devices, which are waited for once
        for (std::size_t i = 0; i < now.size(); ++i) {
            const at::Tensor &copy = copies[i], &own = now[i];
            if (own.scalar_type() != copy.scalar_type() || own.device() != copy.device() ||
                own.sizes() != copy.sizes())
                return false;
            const bool bytes = own.is_cpu() && own.is_non_overlapping_and_dense() &&
                               copy.is_non_overlapping_and_dense() && own.strides() == copy.strides();
            if (!bytes)
                differences.push_back(at::ne(own.detach(), copy).any());
            else if (own.numel() > 0 &&
                     std::memcmp(own.const_data_ptr(), copy.const_data_ptr(), own.nbytes()) != 0)
                return false;
        }
        return differences.empty() || !at::stack(differences).any().item<bool>();
    }

private:
    std::vector<at::Tensor> copies;
};

/// Something that is made of tensors, kept for as long as they hold the same. Many threads may ask at once,
/// while nobody writes to the tensors: the first of them makes it.
template <class Made>
class MadeFrom {
public:
    /// What `make()` gives for these tensors as they are, a std::shared_ptr<Made>.
    template <class Make>
    std::shared_ptr<Made> get(const std::vector<at::Tensor>& tensors, const Make& make) {
        const std::shared_ptr<const Kept> found = known();
        if (found && found->contents.same(tensors))
            return found->made;
        const std::scoped_lock lock(mutex);
        if (kept && kept != found && kept->contents.same(tensors)) // another thread was faster
            return kept->made;
        const c10::InferenceMode normal(false); // it may be read outside of inference mode
        const at::NoGradGuard no_grad;
        kept = std::make_shared<const Kept>(Kept{TensorContents(tensors), make()});
        return kept->made;
    }
    void forget() {
        const std::scoped_lock lock(mutex);
        kept.reset();
    }

private:
    struct Kept {
        TensorContents contents;
        std::shared_ptr<Made> made;
    };
    OwnMutex mutex;
    std::shared_ptr<const Kept> kept;

    std::shared_ptr<const Kept> known() {
        const std::scoped_lock lock(mutex);
        return kept;
    }
};

} // namespace pliny::detail
