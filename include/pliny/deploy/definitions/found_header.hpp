// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/deploy/found_header.hpp>
#include <pliny/deploy/type_name.hpp>
#include <pliny/deploy/wrapped_type.hpp>
#include <pliny/meta/text.hpp>
#include <pliny/nn/model_error.hpp>

namespace pliny {
namespace detail {

PLINY_INLINE std::string header_of(const std::string& network, double parameters, std::string_view name) {
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
} // namespace pliny
