// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/fields.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace pliny::report {

/// A word as a shell reads it: in quotes where it needs them.
inline std::string shell_word(const std::string& word) {
    const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("_-+./:=,@%").find(c) != std::string_view::npos;
    });
    if (plain)
        return word;
    std::string quoted = "'";
    for (const char c : word)
        quoted += c == '\'' ? "'\\''" : std::string(1, c);
    return quoted + "'";
}

/// The command line that makes a run from its beginning, also of one that went on from a checkpoint: the
/// program, the settings that differ from their defaults, and the folder. Flags are settings whose default is
/// "no"; both objects hold texts by name of the option.
inline std::string command_line(const std::string& program, const Json& settings, const Json& defaults,
                                const std::string& out) {
    std::string line = shell_word(program);
    for (const auto& [name, value] : settings.items()) {
        const std::string usual = text_at(defaults, {name.c_str()}), text = in_words(value);
        if (text == usual || name == "--out")
            continue;
        line += " " + name;
        if (usual != "no" || text != "yes")
            line += " " + shell_word(text);
    }
    return out.empty() ? line : line + " --out " + shell_word(out);
}

} // namespace pliny::report
