# SPDX-License-Identifier: Apache-2.0
"""run.py [--as=<build folder>] <folder of precompile.py> <case.cpp> <compiler>...: the case must not compile, and must say why.

The case opens with one or more lines `// error: <regex>`. Every regex must match a line of what each compiler
prints, the first one the first line with the word "error". With -DPLINY_POSITIVE the same file must compile.
With --as the case includes LibTorch and is compiled as the tests of that folder are, with their precompiled header.
"""
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

INCLUDE = Path(__file__).parents[2] / "include"


def precompiled(compiler, folder):
    header = Path(folder) / "core.hpp"
    if "clang" in Path(compiler).name:
        return ["-include-pch", str(header) + ".pch"]
    return ["-include", header]


def flags_of_tests(build):
    """What the precompiled header of the tests is compiled with, without the warnings."""
    for entry in json.loads((Path(build) / "compile_commands.json").read_text()):
        if "pliny_test_pch.dir" in entry["command"]:
            words = shlex.split(entry["command"])
            return [word for word in words[1:words.index("-o")] if not word.startswith("-W")]
    sys.exit(f"{build}: no target pliny_test_pch")


def compile(compiler, case, *options):
    command = [compiler, "-std=c++20", "-fsyntax-only", "-fdiagnostics-color=never", "-I", INCLUDE, *options, case]
    result = subprocess.run(command, env=os.environ | {"LC_ALL": "C"}, capture_output=True, text=True)
    return result.returncode, result.stderr.splitlines()


def problems(compiler, case, regexes, flags):
    code, lines = compile(compiler, case, *flags)
    if code == 0:
        return ["compiles, but must not"]
    found = []
    first = next((line for line in lines if "error" in line), "")
    if not re.search(regexes[0], first):
        found.append(f"the first error must match {regexes[0]}\n  it is: {first}")
    for regex in regexes[1:]:
        if not any(re.search(regex, line) for line in lines):
            found.append(f"no line matches {regex}; the output is:\n" + "\n".join(lines[:40]))
    code, lines = compile(compiler, case, *flags, "-DPLINY_POSITIVE")
    if code != 0:
        found.append("must compile with -DPLINY_POSITIVE:\n" + "\n".join(lines[:40]))
    return found


def main(*arguments):
    builds = [argument.removeprefix("--as=") for argument in arguments if argument.startswith("--as=")]
    headers, case, *compilers = [argument for argument in arguments if not argument.startswith("--as=")]
    regexes = re.findall(r"^// error: (.+)$", Path(case).read_text(), re.MULTILINE)
    if not regexes:
        sys.exit(f"{case}: no line '// error: <regex>'")
    found = [f"{case}: {compiler}: {problem}" for compiler in compilers
             for problem in problems(compiler, case, regexes,
                                     flags_of_tests(builds[0]) if builds else precompiled(compiler, headers))]
    sys.exit("\n".join(found) or None)


main(*sys.argv[1:])
