# SPDX-License-Identifier: Apache-2.0
"""Every header that needs no LibTorch compiles alone, without a warning, also when included twice."""
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

INCLUDE = Path(__file__).parents[2] / "include"
COMPILER = os.environ.get("CXX") or "g++"


@cache
def includes(header):
    """What a header includes itself: whether that is of LibTorch, and the headers that are here."""
    found = re.findall(r'^\s*#\s*include\s*([<"])([^>"]+)', header.read_text(), re.MULTILINE)
    paths = {((header.parent if quote == '"' else INCLUDE) / name).resolve() for quote, name in found}
    return any(name.startswith(("torch/", "ATen/", "c10/")) for _, name in found), {
        path for path in paths if path.exists()}


def uses_torch(header):
    reached, left = set(), [header.resolve()]
    while left:  # a declaration and its definition include each other
        torch, own = includes(left.pop())
        if torch:
            return True
        left += own - reached
        reached |= own
    return False


def problem(header):
    result = subprocess.run(
        [COMPILER, "-std=c++20", "-fsyntax-only", "-fmax-errors=1", "-Wall", "-Wextra", "-Wpedantic",
         "-I", INCLUDE, "-x", "c++", "-"],
        input=f"#include <{header.relative_to(INCLUDE)}>\n" * 2, capture_output=True, text=True)
    return "\n".join(line for line in result.stderr.splitlines() if "error:" in line or "warning:" in line)


if __name__ == "__main__":
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        problems = list(pool.map(problem, (path for path in sorted(INCLUDE.rglob("*.hpp")) if not uses_torch(path))))
    sys.exit("\n".join(filter(None, problems)) or None)
