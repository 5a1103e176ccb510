// SPDX-License-Identifier: Apache-2.0
#pragma once

// Functions with this word are defined in headers of folders called definitions. By default those are
// included where the functions are declared, and everything is inline. A program that links
// pliny::experiments, for which CMake defines PLINY_EXPERIMENTS_COMPILED, only declares them: the library has
// them compiled.
#ifdef PLINY_EXPERIMENTS_COMPILED
#define PLINY_INLINE
#else
#define PLINY_INLINE inline
#endif
