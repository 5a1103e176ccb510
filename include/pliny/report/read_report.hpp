// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pliny/report/fields.hpp>

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace pliny::report {

/// A report that cannot be used; the message names the file and field, what was found and what was expected.
class ReportError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

namespace detail {

/// Checks fields of a report one by one.
class Fields {
public:
    Fields(const Json& object, std::string file, std::string path = "")
        : object_(object), file_(std::move(file)), path_(std::move(path)) {}

    bool has(const char* key) const { return object_.contains(key); }
    const Json& text(const char* key) const {
        return expect(key, "text", [](const Json& v) { return v.is_string(); });
    }
    const Json& number(const char* key) const {
        return expect(key, "a number", [](const Json& v) { return v.is_number(); });
    }
    const Json& number_or_null(const char* key) const {
        return expect(key, "a number or null", [](const Json& v) { return v.is_number() || v.is_null(); });
    }
    const Json& truth(const char* key) const {
        return expect(key, "true or false", [](const Json& v) { return v.is_boolean(); });
    }
    const Json& list(const char* key) const {
        return expect(key, "a list", [](const Json& v) { return v.is_array(); });
    }
    const Json& object(const char* key) const {
        return expect(key, "an object", [](const Json& v) { return v.is_object(); });
    }
    Fields inside(const char* key) const { return {object(key), file_, path_ + key + "."}; }

    /// Does the same with every entry of a list.
    template <class Check>
    void each(const char* key, Check check) const {
        std::size_t i = 0;
        for (const Json& entry : list(key)) {
            const std::string name = path_ + key + "[" + std::to_string(i++) + "]";
            if (!entry.is_object())
                fail(name, entry, "an object");
            check(Fields(entry, file_, name + "."));
        }
    }

    template <class Test>
    const Json& expect(const char* key, const char* expected, Test test) const {
        const Json& value = field(object_, {key});
        if (!object_.contains(key))
            throw ReportError(file_ + ": " + path_ + key + ": found nothing, expected " + expected);
        if (!test(value))
            fail(path_ + key, value, expected);
        return value;
    }

    [[noreturn]] void fail(const std::string& name, const Json& value, const std::string& expected) const {
        std::string found = value.dump(-1, ' ', true, Json::error_handler_t::replace);
        if (found.size() > 60)
            found = found.substr(0, 57) + "...";
        throw ReportError(file_ + ": " + name + ": found " + found + ", expected " + expected);
    }

private:
    const Json& object_;
    std::string file_;
    std::string path_;
};

} // namespace detail

/// Throws a `ReportError` unless the report has what a comparison needs; `file` is its name in the message.
/// The whole format is in docs/report.schema.json.
inline void check_report(const Json& report, const std::string& file) {
    if (!report.is_object())
        throw ReportError(file + ": found no JSON object, expected a report");
    const detail::Fields fields(report, file);
    if (fields.text("format") != "pliny report 1")
        fields.fail("format", report["format"], "\"pliny report 1\"");
    for (const char* key : {"program", "network", "method", "dataset", "device"})
        fields.text(key);
    fields.number("seed");
    fields.number("threads");
    fields.object("settings");
    fields.each("epochs", [](const detail::Fields& epoch) {
        epoch.text("phase");
        epoch.number("seconds");
    });
    const auto network = [](const detail::Fields& figures) {
        figures.number("parameters");
        figures.number("file_bytes");
        figures.number_or_null(figures.has("test_score") ? "test_score" : "test_accuracy");
        figures.object("latency_ms");
    };
    network(fields.inside("baseline"));
    if (report["method"] == "none")
        fields.expect("found", "null, since method is none", [](const Json& v) { return v.is_null(); });
    else
        network(fields.inside("found"));
    fields.each("limits", [](const detail::Fields& limit) {
        limit.text("cost");
        limit.truth("satisfied");
    });
    const detail::Fields seconds = fields.inside("seconds");
    for (const auto& [key, value] : report["seconds"].items())
        seconds.number(key.c_str());
}

/// Reads and checks a report; the path is the file or the folder of its report.json.
inline Json read_report(const std::filesystem::path& path) {
    const std::filesystem::path file = std::filesystem::is_directory(path) ? path / "report.json" : path;
    std::ifstream stream(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (!stream)
        throw ReportError(file.string() + ": cannot be read, expected the report.json of a run");
    Json report;
    try {
        report = Json::parse(text);
    } catch (const Json::exception& error) {
        throw ReportError(file.string() + ": found no JSON, expected a report: " + error.what());
    }
    check_report(report, file.string());
    return report;
}

} // namespace pliny::report
