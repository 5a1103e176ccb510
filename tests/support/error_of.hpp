// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

namespace pliny::testing {

/// The text of the exception of type Error that `action` throws, less the words that it begins with where
/// these are `begin`.
template <class Error>
std::string error_of(const std::function<void()>& action, const std::string& begin = {}) {
    try {
        action();
    } catch (const Error& error) {
        const std::string text = error.what();
        return text.starts_with(begin) ? text.substr(begin.size()) : text;
    }
    return "no error";
}

} // namespace pliny::testing
