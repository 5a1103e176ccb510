# SPDX-License-Identifier: Apache-2.0
"""Every message "[area.n] ..." of a static_assert has a failing case and a row in the table of messages. Cases of the area
"compiler" are mistakes that get the compiler's own words, which have no such number."""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "compile_fail"

# The nearest of these words before a message says whether it is printed by the compiler or at run time.
TOKEN = re.compile(r'\b(static_assert|throw)\b|"\[([a-z][a-z0-9_]*\.\d+)\]')


def messages(text):
    spoken_by = None
    for word, message in TOKEN.findall(text):
        if message and spoken_by == "static_assert":
            yield message
        spoken_by = word or spoken_by


table_file = CASES / "README.md"
table = table_file.read_text() if table_file.exists() else ""
in_headers = {message for header in (ROOT / "include").rglob("*.hpp") for message in messages(header.read_text())}
in_table = set(re.findall(r"^\|\s*`?\[([a-z][a-z0-9_]*\.\d+)\]", table, re.MULTILINE))
in_cases = set()
problems = []

for case in sorted(CASES.glob("*.cpp")):
    name = re.fullmatch(r"([a-z][a-z0-9_]*?)_(\d+)_\w+", case.stem)
    if not name:
        problems.append(f"{case.name}: name it <area>_<n>_<word>.cpp")
        continue
    if name[1] == "compiler":
        if not case.read_text().startswith("// error: "):
            problems.append(f"{case.name}: the first line must be '// error: ...'")
        continue
    message = f"{name[1]}.{name[2]}"
    in_cases.add(message)
    if not re.match(rf"// error: .*\\\[{name[1]}\\?\.{name[2]}\\\]", case.read_text()):
        problems.append(rf"{case.name}: the first line must be '// error: \[{message}\] ...'")

problems += [f"[{message}] has no case in tests/compile_fail" for message in sorted(in_headers - in_cases)]
problems += [f"[{message}] has no row in tests/compile_fail/README.md" for message in sorted(in_headers - in_table)]
problems += [f"[{message}] is not a message of any header" for message in sorted((in_cases | in_table) - in_headers)]
sys.exit("\n".join(problems) or None)
