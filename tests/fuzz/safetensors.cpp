// SPDX-License-Identifier: Apache-2.0
// safetensors files: every tensor inside the file and of its size, or refused.
#include <pliny/deploy/safetensors.hpp>

#include "scratch.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pliny;
    const auto path = testing::scratch_folder() / "model.safetensors";
    testing::write_input(path, data, size);
    try {
        const SafetensorsFile file = read_safetensors(path);
        std::size_t bytes = 0;
        unsigned sum = 0;
        for (const TensorView& tensor : file.tensors) {
            bytes += tensor.data.size();
            for (const std::byte b : tensor.data)
                sum += static_cast<unsigned>(b); // AddressSanitizer sees a view that leaves the file
            testing::require(detail::safetensors_byte_size(path, tensor.name, tensor.dtype, tensor.shape) ==
                             tensor.data.size());
        }
        testing::require(bytes + 8 <= size && sum < 256 * size);
    } catch (const FileError&) {
    }
    return 0;
}
