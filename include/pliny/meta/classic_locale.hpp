// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <clocale>
#include <locale>
#include <string>

namespace pliny {

/// While it exists, C and C++ functions read and write numbers as C++ source has them, whatever locale the
/// program has chosen: `ClassicLocale classic;` around the reading of a command line. What it finds comes
/// back at its end. Locales belong to the whole process: other threads should neither change nor ask for them
/// meanwhile.
class ClassicLocale {
public:
    ClassicLocale() {
        if (const char* name = std::setlocale(LC_ALL, nullptr))
            c_locale_ = name;
        streams_ = std::locale::global(std::locale::classic()); // also sets that of C
    }
    ~ClassicLocale() {
        std::locale::global(streams_); // may set that of C
        std::setlocale(LC_ALL, c_locale_.c_str());
    }
    ClassicLocale(const ClassicLocale&) = delete;
    ClassicLocale& operator=(const ClassicLocale&) = delete;

private:
    std::string c_locale_ = "C";
    std::locale streams_;
};

} // namespace pliny
