// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/params.hpp>
#include <pliny/deploy/atomic_file.hpp>
#include <pliny/deploy/exported.hpp>
#include <pliny/meta/text.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace pliny {

/// C++ source of a header that declares the found network as `struct name`, with static widths: it can be
/// described, counted, searched again, and `load<name>(file)` reads the file that `save` wrote. ModelError
/// where `name` is no C++ identifier.
template <class Net>
std::string found_header(const Exported<Net>& model, std::string_view name) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    bool valid = !name.empty() && letter(name[0]);
    for (char c : name)
        valid = valid && (letter(c) || (c >= '0' && c <= '9'));
    if (!valid)
        throw ModelError(joined("found_header: \"", name, "\" is not a C++ name"));
    return joined("// A network found by pliny: ", decimals(model.template cost<Params>(), 0),
                  " parameters.\n"
                  "#pragma once\n\n"
                  "#include <pliny/core.hpp>\n\n"
                  "namespace found {\n\n"
                  "using namespace pliny;\n\n"
                  "struct ",
                  name, " : ", spelled_found(model), " {};\n\n} // namespace found\n");
}

/// Writes found_header to a file.
template <class Net>
void save_found_header(const Exported<Net>& model, std::string_view name, const std::filesystem::path& path) {
    AtomicFile file(path);
    file.write(found_header(model, name));
    file.commit();
}

} // namespace pliny
