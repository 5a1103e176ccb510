// SPDX-License-Identifier: Apache-2.0
// How many bytes of tensors are alive at once: an allocator of LibTorch that counts.
#pragma once

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>

#include <atomic>
#include <cstddef>
#include <functional>

namespace peak {

inline std::atomic<std::size_t> alive{0}, most{0};

class CountingAllocator : public c10::Allocator {
public:
    c10::DataPtr allocate(std::size_t bytes) override {
        auto* start = static_cast<char*>(c10::alloc_cpu(bytes + header));
        *reinterpret_cast<std::size_t*>(start) = bytes;
        const std::size_t now = alive += bytes;
        for (std::size_t old = most; old < now && !most.compare_exchange_weak(old, now);) {
        }
        return {start + header, start + header, &CountingAllocator::release, c10::Device(c10::kCPU)};
    }
    c10::DeleterFnPtr raw_deleter() const override { return &CountingAllocator::release; }
    void copy_data(void* to, const void* from, std::size_t bytes) const override {
        default_copy_data(to, from, bytes);
    }

private:
    static constexpr std::size_t header = 64; // keeps the alignment
    static void release(void* data) {
        if (!data)
            return;
        char* start = static_cast<char*>(data) - header;
        alive -= *reinterpret_cast<std::size_t*>(start);
        c10::free_cpu(start);
    }
};

/// From here on all tensors on the CPU are counted.
inline void start_counting() {
    static CountingAllocator counting;
    c10::SetCPUAllocator(&counting, 255);
}

/// The most bytes alive while `action` runs, over what was alive before it that it did not make.
inline std::size_t bytes_during(const std::function<void()>& action) {
    const std::size_t before = alive;
    most = before;
    action();
    return most - before;
}

} // namespace peak
