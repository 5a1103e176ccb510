# SPDX-License-Identifier: Apache-2.0
"""The schema refuses damaged reports: schema_refuses.py REPORT.json (of a search)."""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
report = Path(sys.argv[1]).read_text()


def damage(change):
    damaged = json.loads(report)
    change(damaged)
    return damaged


cases = {
    "unknown": damage(lambda r: r.update(extra=1)),
    "missing": damage(lambda r: r.pop("seed")),
    "format": damage(lambda r: r.update(format="pliny report 2")),
    "percent": damage(lambda r: r["epochs"][0].update(test_accuracy=101)),
    "phase": damage(lambda r: r["curve"][0].update(phase="rest")),
    "no_found": damage(lambda r: r.update(found=None)),
    "plain_with_search": damage(lambda r: r.update(method="none")),
    "number_as_setting": damage(lambda r: r["settings"].update({"--batch": 128})),
    "chosen": damage(lambda r: r.update(choices=[{"name": "3", "alternatives": ["Identity"], "chosen": "Identity"}])),
    "no_alternatives": damage(lambda r: r.update(choices=[{"name": "3", "alternatives": [], "chosen": None}])),
    "theta": damage(lambda r: r["curve"][0].update(theta=[[0.5, 1.5]])),
    "latency": damage(lambda r: r["found"]["latency_ms"].update(batch_1=1)),
    "steady": damage(lambda r: r["found"].update(latency={"batch1": {"minimum_ms": 1, "spread": 0, "steady": 1, "threads": 1, "rounds": 9}})),
    "no_rounds": damage(lambda r: r["found"].update(latency={"batch1": {"minimum_ms": 1, "spread": 0, "steady": True, "threads": 1}})),
    "kind": damage(lambda r: r["found"]["layers"][0].update(kind=3)),
    "before_settling": damage(lambda r: r["limits"][0].update(value_before_settling="12 %")),
    "flag_as_truth": damage(lambda r: r.update(defaults={"--flip": False})),
    "score": damage(lambda r: r.update(score={"name": "mse"})),
    "two_scores": damage(lambda r: r["baseline"].update(test_score=0.1)),
    "half_scored": damage(lambda r: r["epochs"][0].update(test_score=0.1, test_accuracy=None)),
    "features_and_pixels": damage(lambda r: r["images"].update(features=13)),
}
problems = []
with tempfile.TemporaryDirectory() as folder:
    for name, damaged in cases.items():
        file = Path(folder) / f"{name}.json"
        file.write_text(json.dumps(damaged))
        result = subprocess.run([sys.executable, HERE / "schema.py", file], capture_output=True, text=True)
        if result.returncode == 77:
            print(result.stdout, end="")
            sys.exit(77)
        if result.returncode != 1 or str(file) not in result.stderr:
            problems.append(f"{name}: found exit code {result.returncode}, expected 1 and a message: {result.stderr}")
sys.exit("\n".join(problems) or None)
