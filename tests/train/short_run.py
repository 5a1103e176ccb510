# SPDX-License-Identifier: Apache-2.0
"""A few steps of an experiment: it ends well, and its reports are valid and agree with its files.

    short_run.py PROGRAM

Exit code 77: no data set.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

program = sys.argv[1]
searches = "--search" in subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
options = (["--warm-up", "1", "--search", "2", "--fine-tune", "1"] if searches else ["--epochs", "1"])
large = "vgg" in Path(program).name
options += ["--limit-train", "32" if large else "320", "--limit-test", "32" if large else "100", "--batch", "16"]

with tempfile.TemporaryDirectory() as folder:
    out = Path(folder) / "run"
    run = subprocess.run([program, *options, "--out", out], capture_output=True, text=True)
    if "expected one of them, from" in run.stderr:
        print(run.stderr)
        sys.exit(77)
    problems = [] if run.returncode == 0 else [f"exit code {run.returncode}: {run.stderr}"]
    reports = sorted(out.rglob("report.json"))
    if not reports:
        problems.append("no report.json")
    schema = Path(__file__).parents[1] / "report" / "schema.py"
    valid = subprocess.run([sys.executable, schema, *reports], capture_output=True, text=True)
    if valid.returncode not in (0, 77):
        problems.append(valid.stdout + valid.stderr)
    for path in reports:
        report = json.loads(path.read_text())
        name = path.parent.name
        network = report["found"] or report["baseline"]
        if (path.parent / "model.safetensors").stat().st_size != network["file_bytes"]:
            problems.append(f"{name}: file_bytes {network['file_bytes']}")
        if network["test_accuracy"] != report["epochs"][-1]["test_accuracy"]:
            last = [e for e in report["epochs"] if e["phase"] == "fine-tune"]
            if not last or network["test_accuracy"] != last[-1]["test_accuracy"]:
                problems.append(f"{name}: test_accuracy {network['test_accuracy']}")
        for limit in report["limits"]:
            if not limit["satisfied"] or limit["value"] > limit["limit"]:
                problems.append(f"{name}: {limit}")
        if report["found"] and report["found"]["accuracy_of_search_model"] != report["found"][
                "accuracy_right_after_export"]:
            problems.append(f"{name}: {report['found']}")
        if (path.parent / "checkpoint.safetensors").exists():
            problems.append(f"{name}: a complete run keeps no checkpoint")
        if not (path.parent / "report.html").read_text().startswith("<!"):
            problems.append(f"{name}: report.html")
    if Path(program).name.endswith("sweep"):
        missing = [name for name in ["comparison.md", "comparison.html", "pareto.svg"] if not (out / name).exists()]
        if missing or len(reports) != 5:
            problems.append(f"sweep: {missing} missing, {len(reports)} reports")
    sys.exit("\n".join(problems) or None)
