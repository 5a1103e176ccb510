# SPDX-License-Identifier: Apache-2.0
"""Small rules of the tree: short headers, which the page of their folder names; folders named after a role, licence lines, no
path of one machine."""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
NO_ROLE = {"utils", "util", "common", "misc", "helpers"}
SOURCE = {".hpp", ".cpp", ".cuh", ".cu", ".py", ".cmake"}
TEXT = SOURCE | {".md", ".txt", ".json", ".in", ""}
MACHINE_PATH = re.compile(r"(?<![\w.])/(home|root|work|Users)/\w")

problems = []
top = [path for path in ROOT.iterdir() if path.name not in {".git", ".venv", ".cache", "build"}]
for path in sorted(path for entry in top for path in [entry, *entry.rglob("*")]):
    name = path.relative_to(ROOT)
    if path.is_dir():
        if path.name in NO_ROLE:
            problems.append(f"{name}: name the folder after what it does")
        continue
    if path.suffix not in TEXT:
        continue
    text = path.read_text()
    if text and not text.endswith("\n"):
        problems.append(f"{name}: ends without a newline")
    if path.suffix in SOURCE and "SPDX-License-Identifier: Apache-2.0" not in text[:200]:
        problems.append(f"{name}: no SPDX-License-Identifier line")
    if name.parts[0] == "include" and text.count("\n") > 300:
        problems.append(f"{name}: {text.count(chr(10))} lines, at most 300: split it by question")
    page = path.parent / "README.md"
    if name.parts[0] == "include" and path.suffix == ".hpp" and page.exists():
        if not re.search(rf"\b{path.stem}\b", page.read_text()):
            problems.append(f"{name}: README.md beside it does not name it")
    for number, line in enumerate(text.splitlines(), 1):
        if MACHINE_PATH.search(line):
            problems.append(f"{name}:{number}: path of one machine")
sys.exit("\n".join(problems) or None)
