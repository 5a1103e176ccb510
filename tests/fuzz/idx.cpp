// SPDX-License-Identifier: Apache-2.0
// IDX files, plain and gzip: read as a whole or refused.
#include <pliny/datasets/idx.hpp>

#include "scratch.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pliny;
    const auto path = testing::scratch_folder() / "images";
    testing::write_input(path, data, size);
    for (const int dims : {1, 3}) {
        try {
            const IdxFile file = read_idx(path, dims);
            std::int64_t product = 1;
            for (const std::int64_t extent : file.shape)
                product *= extent;
            testing::require(static_cast<int>(file.shape.size()) == dims);
            testing::require(product == static_cast<std::int64_t>(file.bytes.size()));
        } catch (const DatasetError&) {
        }
    }
    return 0;
}
