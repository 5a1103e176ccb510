# SPDX-License-Identifier: Apache-2.0
"""run.py [-I<folder>]... <folder of precompile.py> <case.cpp> <compiler>...: the case must not compile, and must say why.

The case opens with one or more lines `// error: <regex>`. Every regex must match a line of what each compiler
prints, the first one the first line with the word "error". With -DPLINY_POSITIVE the same file must compile.
"""
import os
import re
import subprocess
import sys
from pathlib import Path

INCLUDE = Path(__file__).parents[2] / "include"


def precompiled(compiler, folder):
    header = Path(folder) / "core.hpp"
    if "clang" in Path(compiler).name:
        return ["-include-pch", str(header) + ".pch"]
    return ["-include", header]


def compile(compiler, case, *options):
    command = [compiler, "-std=c++20", "-fsyntax-only", "-fdiagnostics-color=never", "-I", INCLUDE, *options, case]
    result = subprocess.run(command, env=os.environ | {"LC_ALL": "C"}, capture_output=True, text=True)
    return result.returncode, result.stderr.splitlines()


def problems(compiler, case, regexes, folders):
    code, lines = compile(compiler, case, *folders)
    if code == 0:
        return ["compiles, but must not"]
    found = []
    first = next((line for line in lines if "error" in line), "")
    if not re.search(regexes[0], first):
        found.append(f"the first error must match {regexes[0]}\n  it is: {first}")
    for regex in regexes[1:]:
        if not any(re.search(regex, line) for line in lines):
            found.append(f"no line matches {regex}; the output is:\n" + "\n".join(lines[:40]))
    code, lines = compile(compiler, case, *folders, "-DPLINY_POSITIVE")
    if code != 0:
        found.append("must compile with -DPLINY_POSITIVE:\n" + "\n".join(lines[:40]))
    return found


def main(*arguments):
    folders = [argument for argument in arguments if argument.startswith("-I")]
    headers, case, *compilers = [argument for argument in arguments if argument not in folders]
    regexes = re.findall(r"^// error: (.+)$", Path(case).read_text(), re.MULTILINE)
    if not regexes:
        sys.exit(f"{case}: no line '// error: <regex>'")
    found = [f"{case}: {compiler}: {problem}" for compiler in compilers 
             for problem in problems(compiler, case, regexes, folders + precompiled(compiler, headers))]
    sys.exit("\n".join(found) or None)


main(*sys.argv[1:])
