// SPDX-License-Identifier: Apache-2.0
// Names of found networks, and how their types are wrapped into lines.
#include <pliny/deploy/type_name.hpp>
#include <pliny/deploy/wrapped_type.hpp>

#include <doctest/doctest.h>

using namespace pliny::detail;

TEST_CASE("A found network cannot have the name of a keyword, a macro or a part of itself") {
    const std::string network = "Network<Image<1, 8, 8>, Sequential<Named<\"stem\", Conv2d<4>>, Flatten>>";
    // [lex.key] of C++20 and the alternative tokens of [lex.digraph]
    for (const char* word :
         {"alignas",       "alignof",     "asm",       "auto",      "bool",         "break",
          "case",          "catch",       "char",      "char8_t",   "char16_t",     "char32_t",
          "class",         "concept",     "const",     "consteval", "constexpr",    "constinit",
          "const_cast",    "continue",    "co_await",  "co_return", "co_yield",     "decltype",
          "default",       "delete",      "do",        "double",    "dynamic_cast", "else",
          "enum",          "explicit",    "export",    "extern",    "false",        "float",
          "for",           "friend",      "goto",      "if",        "inline",       "int",
          "long",          "mutable",     "namespace", "new",       "noexcept",     "nullptr",
          "operator",      "private",     "protected", "public",    "register",     "reinterpret_cast",
          "requires",      "return",      "short",     "signed",    "sizeof",       "static",
          "static_assert", "static_cast", "struct",    "switch",    "template",     "this",
          "thread_local",  "throw",       "true",      "try",       "typedef",      "typeid",
          "typename",      "union",       "unsigned",  "using",     "virtual",      "void",
          "volatile",      "wchar_t",     "while",     "and",       "and_eq",       "bitand",
          "bitor",         "compl",       "not",       "not_eq",    "or",           "or_eq",
          "xor",           "xor_eq",      "final",     "override",  "import",       "module"}) {
        CAPTURE(word);
        CHECK(name_problem(word, network) == "is a keyword of C++; expected a name of your own");
    }
    for (const char* name : {"__x", "x__y", "_X", "__", "_Found"}) {
        CAPTURE(name);
        CHECK(name_problem(name, network).starts_with("is reserved for the compiler"));
    }
    for (const char* name : {"NULL", "EOF", "linux", "errno"})
        CHECK(name_problem(name, network) ==
              "is a macro of the standard library; expected a name of your own");
    for (const char* name : {"Network", "Image", "Sequential", "Conv2d", "Flatten", "Named"})
        CHECK(name_problem(name, network) == "occurs in the network itself; expected another name");
    for (const char* name : {"Rows", "init", "input_type", "body_type", "pliny"})
        CHECK(name_problem(name, network) == "has a meaning in the header; expected another name");
    for (const char* name : {"", "9lives", "a b", "a-b", "x;"})
        CHECK(name_problem(name, network) == "is not a C++ name");
    for (const char* name : {"Found", "_9", "_x", "x_", "Conv", "Seq", "Linear", "defaults", "Cnn", "found"})
        CHECK(name_problem(name, network) == "");
}

TEST_CASE("Types are wrapped into lines that can be read") {
    CHECK(wrapped_type("struct A : ", "Network<Image<1, 8, 8>, Flatten>", " {};") ==
          "struct A : Network<Image<1, 8, 8>, Flatten> {};");
    CHECK(
        wrapped_type("struct A : ",
                     "Network<Image<1, 28, 28>, Sequential<Conv2d<16, Kernel<3>, Stride<2>, Padding<1>>, "
                     "BatchNorm2d, ReLU, Residual<Sequential<Conv2d<16, Kernel<3>, Padding<1>>, BatchNorm2d, "
                     "ReLU, Conv2d<16, Kernel<3>, Padding<1>>, BatchNorm2d>, Identity>, ReLU, Named<\"a <b, "
                     "c\", Flatten>, Linear<10>>>",
                     " {};") == R"(struct A : Network<Image<1, 28, 28>, Sequential<
    Conv2d<16, Kernel<3>, Stride<2>, Padding<1>>, BatchNorm2d, ReLU,
    Residual<
        Sequential<
            Conv2d<16, Kernel<3>, Padding<1>>, BatchNorm2d, ReLU, Conv2d<16, Kernel<3>, Padding<1>>,
            BatchNorm2d>,
        Identity>,
    ReLU, Named<"a <b, c", Flatten>, Linear<10>>> {};)");
    CHECK(wrapped_type("", "Own<(1 > 0)>", ";") == "Own<(1 > 0)>;");
    CHECK(wrapped_type("", "Broken<A", ";") == "Broken<A;");

    std::string many = "Network<Image<3, 32, 32>, Sequential<";
    for (int i = 0; i < 60; ++i)
        many += "Conv2d<64, Kernel<3>, Padding<1>>, ReLU, ";
    many += "Repeat<2, Residual<Sequential<";
    for (int i = 0; i < 9; ++i)
        many += "Conv2d<64, Kernel<3>, Padding<1>>, ";
    many += "ReLU>>>, Flatten>>";
    const std::string text = wrapped_type("struct Long : ", many, " {};");
    std::string one_line = "struct Long : " + many + " {};", joined_again;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        CHECK(end - at <= 100);
        const std::string line = text.substr(at, end - at);
        joined_again += line.substr(line.find_first_not_of(' '));
        at = end + 1;
        if (joined_again.ends_with(","))
            joined_again += " ";
    }
    CHECK(joined_again == one_line);
}
