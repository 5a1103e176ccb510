// error: \[experiment\.1\] a data set is a struct with name and the static functions train\(folder\) and test\(folder\)
// SPDX-License-Identifier: Apache-2.0
#include <pliny/train/dataset_entry.hpp>

using namespace pliny;

struct Gestures {
    static constexpr std::string_view name = "gestures";
    static Examples train(const std::filesystem::path&) { return {}; }
#ifdef PLINY_POSITIVE
    static Examples test(const std::filesystem::path&) { return {}; }
#endif
};
const pliny::detail::DatasetEntry entry = pliny::detail::DatasetEntry::of<Gestures>();
