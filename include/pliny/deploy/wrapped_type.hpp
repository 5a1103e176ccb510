// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pliny::detail {

/// A C++ type as a template and its arguments; what is no template has no arguments.
struct TypeText {
    std::string head;
    std::vector<TypeText> arguments;

    std::string flat() const {
        std::string text = head;
        for (std::size_t i = 0; i < arguments.size(); ++i)
            text += (i ? ", " : "<") + arguments[i].flat();
        return text + (arguments.empty() ? "" : ">");
    }
};

/// Takes `Head<A, B<C>>` apart; texts in quotes or parentheses stay whole. False where brackets do not match.
inline bool parse_type(std::string_view text, std::size_t& at, TypeText& type) {
    int parentheses = 0;
    bool quoted = false;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '"' && (at == 0 || text[at - 1] != '\\'))
            quoted = !quoted;
        if (!quoted && (c == '(' || c == ')'))
            parentheses += c == '(' ? 1 : -1;
        if (!quoted && parentheses == 0 && (c == '<' || c == '>' || c == ','))
            break;
        type.head += c;
    }
    if (at == text.size() || text[at] != '<')
        return !quoted && parentheses == 0;
    do {
        ++at;
        while (at < text.size() && text[at] == ' ')
            ++at;
        if (!parse_type(text, at, type.arguments.emplace_back()))
            return false;
    } while (at < text.size() && text[at] == ',');
    return at < text.size() && text[at++] == '>' &&
           (at == text.size() || text[at] == '>' || text[at] == ','); // nothing behind the arguments
}

/// Writes types into lines that are not longer than `width`: arguments that do not fit stand below, indented.
class TypeWrapper {
public:
    TypeWrapper(std::string start, std::size_t its_width) : text(std::move(start)), width(its_width) {}

    /// `closing`: characters that will follow on the last line.
    void add(const TypeText& type, std::size_t indent, std::size_t closing) {
        const std::string flat = type.flat();
        if (type.arguments.empty() || column() + flat.size() + closing <= width) {
            text += flat;
            return;
        }
        text += type.head + "<";
        std::size_t from = 0;
        const std::size_t count = type.arguments.size();
        if (count <= 2 && breaks(type.arguments.back(), indent, closing + 1)) { // Network<Input, Sequential<
            for (; from + 1 < count; ++from)
                text += type.arguments[from].flat() + ", ";
            add(type.arguments[from], indent, closing + 1);
            text += ">";
            return;
        }
        for (bool fresh = true; from < count; ++from) {
            const TypeText& argument = type.arguments[from];
            const std::size_t after = from + 1 == count ? closing + 1 : 1;
            if (fresh || column() + 1 + argument.flat().size() + after > width)
                text += "\n" + std::string(indent, ' ');
            else
                text += " ";
            fresh = breaks(argument, indent, after);
            add(argument, indent + 4, after);
            text += from + 1 == count ? ">" : ",";
        }
    }
    std::string text;

private:
    std::size_t column() const { return text.size() - (text.rfind('\n') + 1); } // npos + 1 is 0
    bool breaks(const TypeText& type, std::size_t indent, std::size_t closing) const {
        return !type.arguments.empty() && indent + type.flat().size() + closing > width;
    }

    std::size_t width;
};

/// `start`, a type and `end` in lines of at most 100 characters, where the parts of the type allow it.
inline std::string wrapped_type(const std::string& start, const std::string& type, const std::string& end) {
    constexpr std::size_t width = 100;
    TypeText parts;
    std::size_t at = 0;
    if (!parse_type(type, at, parts) || at != type.size() || parts.flat() != type)
        return start + type + end;
    TypeWrapper wrapper(start, width);
    wrapper.add(parts, 4, end.size());
    return wrapper.text + end;
}

} // namespace pliny::detail
