// SPDX-License-Identifier: Apache-2.0
// Files of weights: of torch.save, new and old, and safetensors. Every tensor inside its storage, or refused.
#include <pliny/deploy/weights_file.hpp>

#include "scratch.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pliny;
    const auto path = testing::scratch_folder() / "weights";
    testing::write_input(path, data, size);
    for (const char* key : {"", "k"}) {
        try {
            const WeightsFile file = read_weights_file(path, key);
            for (const StoredTensor& tensor : file.tensors) {
                const auto count = detail::element_count(tensor.shape);
                testing::require(count.has_value() && tensor.data.size() <= size);
                const std::uint64_t bytes = *count * tensor.element_size;
                if (bytes > 1 << 20) // one number repeated
                    continue;
                std::vector<std::byte> out(static_cast<std::size_t>(bytes));
                detail::copy_elements(tensor, out); // AddressSanitizer sees a view that leaves the file
            }
        } catch (const FileError&) {
        }
    }
    return 0;
}
