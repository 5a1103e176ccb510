# SPDX-License-Identifier: Apache-2.0
"""Headers survive the macros of others: those of X11 (None, Bool, Status, ...) and of one capital letter.

Headers with LibTorch, which does not survive them itself, are compiled behind it, where PLINY_TORCH_INCLUDE names its
folders (ctest does, where pliny is built with it).
"""
import os
import re
import string
import subprocess
import sys
from pathlib import Path

from self_contained import COMPILER, INCLUDE, uses_torch

X11 = (Path(__file__).parent / "x11_macros.txt").read_text().split()
MACROS = {name: "0L" for name in X11} | {"Same": "1"} | {
    letter: "not a name" for letter in string.ascii_uppercase}
TORCH = [folder for folder in os.environ.get("PLINY_TORCH_INCLUDE", "").split(":") if folder]


def problem(headers):
    """What the compiler says to these headers behind the macros; what they include of others comes before."""
    named = {name for path in headers for name in re.findall(r"#include <([\w/]+\.h(?:pp)?)>", path.read_text())}
    lines = [f"#include <{name}>" for name in sorted(named) if not name.startswith("pliny/")]
    lines += [f"#define {name} {value}" for name, value in MACROS.items()]
    lines += [f"#include <{path.relative_to(INCLUDE)}>" for path in headers]
    result = subprocess.run(
        [COMPILER, "-std=c++20", "-fsyntax-only", "-w", "-I", INCLUDE, *(f"-isystem{folder}" for folder in TORCH),
         "-x", "c++", "-"], input="\n".join(lines) + "\n", capture_output=True, text=True)
    found = [line for line in result.stderr.splitlines() if "error:" in line]
    return "\n".join(found[:10] or [result.stderr]) if result.returncode else ""


headers = sorted(INCLUDE.rglob("*.hpp"))
problems = [problem([path for path in headers if not uses_torch(path)])]
if TORCH:
    problems.append(problem(headers))

# What no compiler sees here: kernels, and macros that happen to fit.
for path in headers + sorted(INCLUDE.rglob("*.cuh")):
    text = re.sub(r'R"(\w*)\(.*?\)\1"', "", path.read_text(), flags=re.DOTALL)
    code = re.sub(r'//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', "", text)
    names = sorted(set(re.findall(r"(?<![\w'])[A-Za-z_]\w*", code)) & set(MACROS))
    problems += [f"{path.relative_to(INCLUDE)}: {name} may be a macro of the user's" for name in names]
sys.exit("\n".join(filter(None, problems)) or None)
