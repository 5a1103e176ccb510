# SPDX-License-Identifier: Apache-2.0
"""The torch-free half has no warning in the user's own build, with the strictest flags and when it is instantiated; a
network of 1,000 rows compiles with each compiler."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
FLAGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wsign-conversion", "-Wshadow", "-Wold-style-cast"]

problems = []
for compiler in dict.fromkeys([os.environ.get("CXX") or "g++", "clang++"]):
    if shutil.which(compiler):
        result = subprocess.run([compiler, "-std=c++20", "-fsyntax-only", *FLAGS, "-I", HERE.parents[1] / "include",
                                 HERE / "no_warnings.cpp", HERE.parent / "static" / "deep.cpp"],
                                capture_output=True, text=True)
        problems += [line for line in result.stderr.splitlines() if "error:" in line or "warning:" in line]
sys.exit("\n".join(dict.fromkeys(problems)) or None)
