// SPDX-License-Identifier: Apache-2.0
// Writes the pages of given reports: write_pages FOLDER REPORT.json...
#include <pliny/report/run_page.hpp>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>

int main(int argc, char** argv) try {
    const std::filesystem::path folder = argc > 1 ? argv[1] : ".";
    std::filesystem::create_directories(folder);
    for (int i = 2; i < argc; ++i) {
        std::ifstream file(argv[i]);
        const auto report = nlohmann::ordered_json::parse(file);
        const std::string name = std::filesystem::path(argv[i]).stem().string();
        std::ofstream(folder / (name + ".html")) << pliny::report::run_page(report);
        const pliny::report::Timeline time(report);
        std::ofstream(folder / (name + ".svg"))
            << drawn(pliny::report::score_chart(report, time)).standalone();
    }
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
