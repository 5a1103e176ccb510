# SPDX-License-Identifier: Apache-2.0
"""Every block of C++ in README.md stands, line by line, in an example or a test, so that it is compiled."""
import re
import sys
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]


def regions(path, length):
    lines = path.read_text().splitlines()
    return (dedent("\n".join(lines[i:i + length])) for i in range(len(lines) - length + 1))


readme = ROOT / "README.md"
text = readme.read_text() if readme.exists() else ""
sources = [path for folder in ("examples", "tests") for path in sorted((ROOT / folder).rglob("*.cpp"))]
problems = []
for block in re.finditer(r"^```cpp\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL):
    code = block[1]
    if not any(region == code for path in sources for region in regions(path, code.count("\n") + 1)):
        line = text.count("\n", 0, block.start()) + 1
        problems.append(f"README.md:{line}: this block stands in no file of examples/ or tests/:\n{code}")
sys.exit("\n".join(problems) or None)
