# SPDX-License-Identifier: Apache-2.0
"""The program join_reports: files, messages, exit codes: join.py JOIN_REPORTS REPORT.json REPORT.json"""
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

program, *reports = sys.argv[1:]
problems = []


def run(expected_code, expected_words, *arguments):
    result = subprocess.run([program, *arguments], capture_output=True, text=True)
    said = result.stdout if expected_code == 0 else result.stderr
    if result.returncode != expected_code or not all(words in said for words in expected_words):
        problems.append(f"{' '.join(map(str, arguments))}: found exit code {result.returncode} and {said!r}, "
                        f"expected {expected_code} and {expected_words}")


with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    runs = [folder / "a", folder / "b"]
    for report, run_folder in zip(reports, runs):
        run_folder.mkdir()
        shutil.copy(report, run_folder / "report.json")
    out = folder / "deep" / "out"
    run(0, ["comparison.md", "comparison.html", "pareto.svg"], *runs, "--out", out)
    if sorted(file.name for file in out.iterdir()) != ["comparison.html", "comparison.md", "pareto.svg"]:
        problems.append(f"found {sorted(out.iterdir())}, expected three files")
    run(0, ["comparison.md"], runs[0] / "report.json", "--out", out)
    run(0, ["DIR..."], "--help")
    run(2, ["runs is required"])
    run(2, ["--wrong"], runs[0], "--wrong")
    run(1, [f"join_reports: {folder}/missing: cannot be read"], folder / "missing")
    run(1, ["found twice"], runs[0], f"{runs[0]}/../a", "--out", out)
    damaged = json.loads((runs[1] / "report.json").read_text())
    damaged["baseline"]["file_bytes"] = "big"
    (runs[1] / "report.json").write_text(json.dumps(damaged))
    run(1, [f"{runs[1]}/report.json: baseline.file_bytes: found \"big\", expected a number"], *runs, "--out", out)
    run(1, ["cannot be written"], runs[0], "--out", "/proc")
sys.exit("\n".join(problems) or None)
