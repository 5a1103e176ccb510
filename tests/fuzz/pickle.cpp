// SPDX-License-Identifier: Apache-2.0
// The pickle of an archive that torch.save writes, with a storage '0' of 64 bytes: read or refused.
#include <pliny/deploy/weights_file.hpp>

#include "scratch.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pliny;
    const std::span<const std::byte> bytes = std::as_bytes(std::span(data, size));
    const std::vector<std::byte> storage(64);
    try {
        WeightsFile file{"pickle", WeightsFile::Format::pytorch, {}, {}, {}, {}};
        detail::Unpickler values(file.path, bytes, detail::pytorch_globals, detail::pytorch_dictionaries);
        const std::uint32_t root = values.read();
        detail::take_tensors(file, values, root, "", [&](std::string_view key) {
            return std::span<const std::byte>(storage).first(key == "0" ? 64 : 0);
        });
        for (const StoredTensor& tensor : file.tensors) {
            const auto count = detail::element_count(tensor.shape);
            testing::require(count.has_value() && tensor.data.size() <= 64);
            if (*count > 1 << 20)
                continue;
            std::vector<std::byte> out(static_cast<std::size_t>(*count) * tensor.element_size);
            detail::copy_elements(tensor, out);
        }
    } catch (const FileError&) {
    }
    return 0;
}
