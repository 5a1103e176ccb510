# SPDX-License-Identifier: Apache-2.0
"""precompile.py <folder> <compiler>...: precompiles <pliny/core.hpp> for run.py, which then needs a quarter of the time."""
import subprocess
import sys
from pathlib import Path

INCLUDE = Path(__file__).parents[2] / "include"

folder, *compilers = sys.argv[1:]
folder = Path(folder)
folder.mkdir(parents=True, exist_ok=True)
header = folder / "core.hpp"
header.write_text("#include <pliny/core.hpp>\n")
for compiler in compilers:
    suffix = ".pch" if "clang" in Path(compiler).name else ".gch"
    subprocess.run([compiler, "-std=c++20", "-I", INCLUDE, "-x", "c++-header", header, "-o", str(header) + suffix],
                   check=True)
