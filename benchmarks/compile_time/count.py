# SPDX-License-Identifier: Apache-2.0
"""Counts the template instantiations of each program here that needs no LibTorch; 3 % more than in baseline.json fails.

Counts, unlike seconds, are the same on every machine. They depend on the compiler, so the baseline names its own.
    count.py [--clang=<compiler>] [--update]
"""
import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
BASELINE = HERE / "baseline.json"
SKIPPED = 77
TOLERANCE = 1.03


def instantiations(clang, program):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [clang, "-std=c++20", "-ftime-trace", "-ftime-trace-granularity=0", "-I", HERE.parents[1] / "include",
             "-c", program, "-o", f"{folder}/program.o"], check=True)
        events = json.loads(Path(folder, "program.json").read_text())["traceEvents"]
    return sum(event["name"] in ("InstantiateClass", "InstantiateFunction") for event in events)


parser = argparse.ArgumentParser()
parser.add_argument("--clang", default="clang++-14")
parser.add_argument("--update", action="store_true", help="write baseline.json")
options = parser.parse_args()

try:
    version = subprocess.run([options.clang, "--version"], capture_output=True, text=True, check=True).stdout
except (OSError, subprocess.CalledProcessError):
    print(f"skipped: no clang++ ({options.clang})")
    sys.exit(SKIPPED)
compiler = "clang " + re.search(r"version (\d+)", version)[1]

counts = {program.stem: instantiations(options.clang, program) for program in sorted(HERE.glob("*.cpp"))
          if "<torch/" not in program.read_text()}

if options.update:
    BASELINE.write_text(json.dumps({"compiler": compiler, "instantiations": counts}, indent=4) + "\n")
    print(f"wrote {BASELINE.name}: {counts}")
    sys.exit()

baseline = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
if baseline.get("compiler") != compiler:
    print(f"skipped: the baseline is of {baseline.get('compiler', 'no compiler yet')}, this is {compiler}")
    sys.exit(SKIPPED)

failed = False
for name, count in counts.items():
    before = baseline["instantiations"].get(name)
    worse = before is None or count > before * TOLERANCE
    failed |= worse
    print(f"{name}: {count}, baseline {before}" + (" <-- more than 3 % above: shorten it or --update" if worse else ""))
sys.exit(failed)
