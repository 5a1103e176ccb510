// SPDX-License-Identifier: Apache-2.0
// Puts the report.json files of several runs side by side: tables as Markdown and HTML, the Pareto front as
// SVG. `make report RUNS="build/a build/b"` builds and runs it.

#include <pliny/deploy/atomic_file.hpp>
#include <pliny/report/comparison.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

namespace {

void write(const std::filesystem::path& path, const std::string& text) {
    pliny::AtomicFile file(path);
    file.write(text);
    file.commit();
    std::printf("%s\n", path.c_str());
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Compares runs by the report.json in their folders");
    std::vector<std::filesystem::path> runs;
    std::filesystem::path out = ".";
    app.add_option("runs", runs, "Folders of runs, each with a report.json")
        ->required()
        ->option_text("DIR...");
    app.add_option("--out", out, "Folder for comparison.md, comparison.html and pareto.svg")
        ->capture_default_str()
        ->option_text("DIR");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    try {
        std::vector<nlohmann::ordered_json> reports;
        std::vector<std::filesystem::path> read;
        for (const std::filesystem::path& run : runs) {
            reports.push_back(pliny::report::read_report(run));
            read.push_back(std::filesystem::canonical(run));
            if (std::count(read.begin(), read.end(), read.back()) > 1)
                throw pliny::report::ReportError(run.string() + ": found twice, expected every run once");
        }
        const pliny::report::Comparison comparison = pliny::report::comparison(reports);
        std::filesystem::create_directories(out);
        write(out / "comparison.md", comparison.markdown);
        write(out / "comparison.html", comparison.html);
        write(out / "pareto.svg", comparison.pareto_svg);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "join_reports: %s\n", error.what());
        return 1;
    }
}
