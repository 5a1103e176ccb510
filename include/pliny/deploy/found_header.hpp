// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/meta/compiled.hpp>

#include <pliny/cost/params.hpp>
#include <pliny/deploy/atomic_file.hpp>
#include <pliny/deploy/exported.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace pliny {
namespace detail {

/// The header that declares a network, spelled as a type, under a name.
PLINY_INLINE std::string header_of(const std::string& network, double parameters, std::string_view name);

} // namespace detail

/// C++ source of a header that declares the found network as `struct name`, with static widths: it can be
/// described, counted, searched again, and `load<name>(file)` reads the file that `save` wrote. ModelError
/// where `name` is no C++ identifier or has a meaning already.
template <class Net>
std::string found_header(const Exported<Net>& model, std::string_view name) {
    return detail::header_of(spelled_found(model), model.template cost<Params>(), name);
}

/// Writes found_header to a file.
template <class Net>
void save_found_header(const Exported<Net>& model, std::string_view name, const std::filesystem::path& path) {
    AtomicFile file(path);
    file.write(found_header(model, name));
    file.commit();
}

} // namespace pliny

#ifndef PLINY_EXPERIMENTS_COMPILED
#include <pliny/deploy/definitions/found_header.hpp>
#endif
