# SPDX-License-Identifier: Apache-2.0
"""Kills an experiment in every phase and goes on: the networks must be those of a run that was left alone, bit for
bit.

    kill_and_resume.py PROGRAM [--rounds N] [--seed S] [-- options of the program]

In every round and for every phase: start, kill -9 at a random moment of that phase, --resume; in between the run is
also stopped once by SIGINT, which must exit with 130. Exit code 0: all networks equal; 77: no data set.
"""
import argparse
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

PHASES = ["warm-up", "search", "settled", "fine-tune", "baseline"]
NETWORKS = ["warm-up.safetensors", "exported.safetensors", "model.safetensors", "baseline.safetensors", "found.hpp"]

parser = argparse.ArgumentParser()
parser.add_argument("program")
parser.add_argument("--rounds", type=int, default=1)
parser.add_argument("--seed", type=int, default=0)
arguments, options = parser.parse_known_args()
options = [option for option in options if option != "--"]
dice = random.Random(arguments.seed)


def start(out, *more):
    return subprocess.Popen([arguments.program, *options, "--out", out, *more], stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, text=True)


def finished(out, *more):
    run = start(out, *more)
    errors = run.communicate()[1]
    if "expected one of them, from" in errors:
        print(errors)
        sys.exit(77)
    if run.returncode != 0:
        sys.exit(f"exit code {run.returncode}: {errors}")
    return networks(out)


def networks(out):
    """All of them that the program writes: a network with bits has no header."""
    return {name: (Path(out) / name).read_bytes() for name in NETWORKS if (Path(out) / name).exists()}


def stop_within(out, phase, number, *more):
    """Sends a signal at a random moment of a phase. Returns the exit code; None where the run was faster."""
    checkpoint = Path(out) / "checkpoint.safetensors"
    begun = re.search(rb'\\"position\\":\{\\"phase\\":\\"([a-z-]+)', checkpoint.read_bytes()) if checkpoint.exists() else None
    over = PHASES.index(begun[1].decode()) if begun else 0  # phases that a resumed run does not print again
    run = start(out, *more)
    before = PHASES[:PHASES.index(phase)] if PHASES.index(phase) > over else []
    entered = threading.Event()

    def read():
        for line in run.stderr:
            found = re.match(r"([a-z-]+) +(\d+)/(\d+) ", line)
            if found and before and found[1] == before[-1] and found[2] == found[3]:
                entered.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    if before:
        while not entered.wait(0.01) and run.poll() is None:
            pass
    else:
        time.sleep(0.5)  # loading
    time.sleep(dice.uniform(0, 2 * epoch_seconds))
    if run.poll() is None:
        run.send_signal(number)
    run.wait()
    reader.join()
    return run.returncode


with tempfile.TemporaryDirectory() as folder:
    begin = time.time()
    expected = finished(f"{folder}/alone")
    epoch_seconds = (time.time() - begin) / 15  # roughly
    stops = 0
    for round_number in range(arguments.rounds):
        for phase in PHASES:
            out = f"{folder}/{round_number}-{phase}"
            code = stop_within(out, phase, signal.SIGKILL)
            checkpoint = Path(out) / "checkpoint.safetensors"
            stops += code == -signal.SIGKILL
            resume = ["--resume"] if checkpoint.exists() else []
            if not (Path(out) / "report.json").exists():
                code = stop_within(out, dice.choice(PHASES[PHASES.index(phase):]), signal.SIGINT, *resume)
                if code not in (0, 128 + signal.SIGINT):
                    sys.exit(f"{phase}: exit code {code} after SIGINT")
                stops += code != 0
                resume = ["--resume"] if checkpoint.exists() else []
                if code != 0 and not resume:
                    sys.exit(f"{phase}: SIGINT left no checkpoint")
            if checkpoint.exists() or not (Path(out) / "report.json").exists():
                found = finished(out, *resume)
            else:
                found = networks(out)
            different = [name for name in NETWORKS if found.get(name) != expected.get(name)]
            print(f"round {round_number + 1}, {phase}: {'DIFFERENT: ' + str(different) if different else 'equal'}",
                  flush=True)
            if different:
                sys.exit(1)
    print(f"{stops} stops, all networks equal bit for bit")
