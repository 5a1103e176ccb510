// SPDX-License-Identifier: Apache-2.0
// What the tests on a GPU share.
#pragma once

#include <cuda_runtime.h>
#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

namespace testing {

/// Whether there is nothing to run on; says so, which CMake takes for a skipped test.
inline bool no_device() {
    int devices = 0;
    if (cudaGetDeviceCount(&devices) == cudaSuccess && devices > 0)
        return false;
    MESSAGE("skipped: no CUDA device");
    return true;
}

/// Numbers in device memory.
template <class Number>
class OnDevice {
public:
    explicit OnDevice(const std::vector<Number>& numbers) : size(numbers.size()) {
        REQUIRE(cudaMalloc(reinterpret_cast<void**>(&memory), bytes() + 1) == cudaSuccess);
        REQUIRE(cudaMemcpy(memory, numbers.data(), bytes(), cudaMemcpyHostToDevice) == cudaSuccess);
    }
    OnDevice(const OnDevice&) = delete;
    OnDevice& operator=(const OnDevice&) = delete;
    ~OnDevice() { cudaFree(memory); }

    Number* get() const { return memory; }
    /// Waits for the kernels.
    std::vector<Number> read() const {
        std::vector<Number> numbers(size);
        REQUIRE(cudaMemcpy(numbers.data(), memory, bytes(), cudaMemcpyDeviceToHost) == cudaSuccess);
        return numbers;
    }

private:
    std::size_t bytes() const { return size * sizeof(Number); }
    std::size_t size;
    Number* memory = nullptr;
};

} // namespace testing
