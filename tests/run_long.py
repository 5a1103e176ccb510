# SPDX-License-Identifier: Apache-2.0
"""The tests labelled long, one after the other, each with the program that it needs built first.

    run_long.py BUILD_FOLDER [SECONDS]

With SECONDS it stops at the first test that is not over by then, and says which were left out: they have not failed.
"""
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

build = Path(sys.argv[1])
end = time.monotonic() + float(sys.argv[2]) if len(sys.argv) > 2 else float("inf")

listed = subprocess.run(["ctest", "--test-dir", build, "-L", "^long$", "--show-only=json-v1"], check=True,
                        capture_output=True, text=True)
# Of each method one program of another network first, then killing and resuming, then the rest.
tests = [(test["name"], test["command"]) for test in json.loads(listed.stdout)["tests"]]
first = ("resnet8_pit_duccio", "resnet8_mps_channel_duccio", "vgg16_32_pit_duccio", "kill_and_resume")
tests.sort(key=lambda test: next((i for i, part in enumerate(first) if part in test[0]), len(first)))


def in_time(command):
    """The exit code; None where time was over before it ended, which ends all that it has started."""
    process = subprocess.Popen(command, start_new_session=True)
    try:
        return process.wait(timeout=None if end == float("inf") else max(0, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
        return None


passed, failed, left = [], [], []
for name, command in tests:
    targets = {Path(word).name for word in command if Path(word).parent == build.resolve() / "bin"}
    code = 0
    if left or time.monotonic() >= end:
        code = None
    for target in sorted(targets):
        code = code or (None if code is None else in_time(["cmake", "--build", build, "--target", target]))
    if code == 0:
        code = in_time(["ctest", "--test-dir", build, "-R", "^" + name.replace(".", "\\.") + "$", "--output-on-failure"])
    (left if code is None else failed if code else passed).append(name)

for what, names in (("failed", failed), ("left out, as time is over", left)):
    if names:
        print(f"{what}: {', '.join(names)}")
print(f"long tests: {len(passed)} passed; {len(failed)} failed; {len(left)} left out")
sys.exit(1 if failed else 0)
