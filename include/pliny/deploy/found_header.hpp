// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/cost/params.hpp>
#include <pliny/deploy/atomic_file.hpp>
#include <pliny/deploy/exported.hpp>
#include <pliny/deploy/type_name.hpp>
#include <pliny/deploy/wrapped_type.hpp>
#include <pliny/meta/text.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace pliny {
namespace detail {

/// The header that declares a network, spelled as a type, under a name.
inline std::string header_of(const std::string& network, double parameters, std::string_view name) {
    if (const std::string problem = name_problem(name, network); !problem.empty())
        throw ModelError(joined("found_header: \"", name, "\" ", problem));
    return joined("// A network found by pliny: ", decimals(parameters, 0),
                  " parameters.\n"
                  "#pragma once\n\n"
                  "#include <pliny/core.hpp>\n\n"
                  "namespace found {\n\n"
                  "using namespace pliny;\n\n"
                  "// clang-format off\n",
                  wrapped_type(joined("struct ", name, " : "), network, " {};\n"),
                  "// clang-format on\n\n"
                  "} // namespace found\n");
}

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
