// SPDX-License-Identifier: Apache-2.0
// Files of numpy: an array with as many bytes as its shape says, or refused.
#include <pliny/datasets/npy.hpp>

#include "scratch.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pliny;
    const auto path = testing::scratch_folder() / "x.npy";
    testing::write_input(path, data, size);
    try {
        const NpyArray array = read_npy_array(path);
        std::size_t count = array.size;
        for (const std::int64_t extent : array.shape) {
            testing::require(extent > 0);
            count *= static_cast<std::size_t>(extent);
        }
        testing::require(array.bytes.size() == count && count > 0);
        if (array.kind == 'b')
            for (const std::uint8_t value : array.bytes)
                testing::require(value <= 1);
    } catch (const DatasetError&) {
    }
    return 0;
}
