# SPDX-License-Identifier: Apache-2.0
"""What an experiment answers to good and bad command lines: exit codes, words, and what is left in its folder.

    command_line.py PROGRAM OTHER_PROGRAM

PROGRAM searches, OTHER_PROGRAM is another one. Exit code 77: no data set.
"""
import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

program, other = sys.argv[1:]
SMALL = ["--limit-train", "600", "--limit-test", "200", "--warm-up", "1", "--search", "2", "--fine-tune", "1",
         "--quiet"]
problems = []


def run(*options, of=program):
    return subprocess.run([of, *map(str, options)], capture_output=True, text=True)


def expect(what, result, code, *words):
    text = result.stdout + result.stderr
    if result.returncode != code:
        problems.append(f"{what}: exit code {result.returncode}, expected {code}: {text[-300:]}")
    problems.extend(f"{what}: no {word!r} in: {text[-300:]}" for word in words if str(word) not in text)
    if code == 1 and len(result.stderr.strip().splitlines()) != 1:
        problems.append(f"{what}: expected one line of error, found: {result.stderr[-300:]}")


def interrupted(folder, *options):
    """A run that was stopped by SIGINT after its first checkpoint."""
    process = subprocess.Popen([program, *SMALL, "--fine-tune", "500", "--out", folder, *options],
                               stderr=subprocess.PIPE, text=True)
    while not (Path(folder) / "checkpoint.safetensors").exists() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    error = process.communicate()[1]
    if process.returncode != 130 or "--resume goes on" not in error:
        problems.append(f"SIGINT: exit code {process.returncode}: {error}")


with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    done = run(*SMALL, "--out", folder / "done")
    if "expected one of them, from" in done.stderr:
        print(done.stderr)
        sys.exit(77)
    expect("a small run", done, 0, "limit params", "satisfied")
    files = {path.name for path in (folder / "done").iterdir()}
    expected = {"report.json", "report.html", "summary.txt", "model.safetensors", "found.hpp", "baseline.safetensors",
                "warm-up.safetensors", "exported.safetensors"}
    if files != expected:
        problems.append(f"a small run: files {files ^ expected} too many or missing")
    report = json.loads((folder / "done" / "report.json").read_text())
    if [e["phase"] for e in report["epochs"]] != ["warm-up"] + 2 * ["search"] + ["fine-tune"] + 3 * ["baseline"]:
        problems.append(f"report.json: {[e['phase'] for e in report['epochs']]}")
    if report["found"]["parameters"] > report["limits"][0]["limit"] or not report["limits"][0]["satisfied"]:
        problems.append(f"report.json: {report['limits']}")
    if (folder / "done" / "model.safetensors").stat().st_size != report["found"]["file_bytes"]:
        problems.append("report.json: file_bytes")

    expect("--help", run("--help"), 0, "--fine-tune INT:NONNEGATIVE=2", "--lr-alpha", "=0.01", "FashionMNIST")
    expect("--version", run("--version"), 0, "pliny 0.1.0, LibTorch 2.")
    for options in [["--batch", "0"], ["--dataset", "Cifar"], ["--patience", "2"], ["--resume", "--restart"],
                    ["--optimizer", "lion"], ["--lr", "-1"], ["--no-such-option"], ["stray"], ["--search", "0"],
                    ["--seed", "x"], ["--device", "tpu"], ["--lr", "nan"], ["--lr", "inf"], ["--lr-alpha", "nan"],
                    ["--momentum", "nan"], ["--weight-decay", "nan"], ["--weight-decay", "inf"],
                    ["--clip-grad-norm", "nan"], ["--lr-gamma", "nan"]]:
        expect(f"{options}", run(*options, "--out", folder / "nothing"), 2, options[0] if options[0] != "stray" else "")
    expect("no data", run("--data", folder / "none", "--out", folder / "nothing"), 1, folder / "none")
    expect("notMNIST without a folder", run("--dataset", "notMNIST", "--out", folder / "nothing"), 1, "--data")
    expect("too large a split", run(*SMALL, "--validation", "600", "--out", folder / "nothing"), 1, "--validation 600")
    expect("too large a split for the architecture",
           run(*SMALL, "--validation", "100", "--bilevel", "500", "--out", folder / "nothing"), 1,
           "--bilevel 500: there are 500 training images besides those of --validation")
    expect("no file to load", run(*SMALL, "--load", folder / "none.safetensors", "--out", folder / "load"), 1,
           "none.safetensors")
    expect("a pruned network to load",
           run(*SMALL, "--load", folder / "done/model.safetensors", "--out", folder / "load"), 1, "--load",
           "model.safetensors", "expected [32, 1, 3, 3]")
    expect("nothing to resume", run("--resume", "--out", folder / "nothing"), 1, "nothing to resume")
    expect("a complete run to resume", run("--resume", "--out", folder / "done"), 1, "nothing to resume")
    if (folder / "nothing").exists():
        problems.append("a program that could not start has made its folder")
    expect("out is a file", run(*SMALL, "--out", folder / "done/found.hpp"), 1, "found.hpp")

    bilevel = run(*SMALL, "--validation", "100", "--bilevel", "200", "--out", folder / "bilevel")
    expect("images held out for the architecture", bilevel, 0, "satisfied")
    if bilevel.returncode == 0:
        images = json.loads((folder / "bilevel" / "report.json").read_text())["images"]
        if (images["train"], images["held_out"], images["validation"]) != (300, 200, 100):
            problems.append(f"report.json: {images}")

    without = run("--device", "cuda", "--out", folder / "nothing")
    if "PLINY_CUDA" in without.stderr:  # as the LibTorch of the tests is linked
        expect("a GPU without CUDA", without, 1, "this program was built without CUDA")

    first = subprocess.Popen([program, *SMALL, "--fine-tune", "500", "--out", folder / "shared"], stderr=subprocess.PIPE,
                             text=True)
    while not (folder / "shared" / "warm-up.safetensors").exists() and first.poll() is None:
        time.sleep(0.01)
    for options in [[], ["--resume"], ["--restart"]]:
        expect(f"a folder in use, {options}", run(*SMALL, *options, "--out", folder / "shared"), 1,
               "another run is going on there", f"process {first.pid}")
    if first.poll() is not None:
        problems.append(f"a second run has ended the first: {first.communicate()[1]}")
    first.kill()
    first.communicate()
    if not (folder / "shared" / "checkpoint.safetensors").exists():
        problems.append("a run that was killed behind its first phase leaves no checkpoint")
    expect("a folder whose run was killed, --restart", run(*SMALL, "--restart", "--out", folder / "shared"), 0, "satisfied")
    if (folder / "shared" / ".pliny-lock").exists():
        problems.append("a complete run leaves its lock behind")

    diverged = run(*SMALL, "--optimizer", "sgd", "--lr", "1000", "--warm-up", "3", "--out", folder / "diverged")
    expect("a learning rate too large", diverged, 1, "not finite", "a smaller learning rate may help")

    out = folder / "stopped"
    interrupted(out)
    checkpoint = out / "checkpoint.safetensors"
    whole = checkpoint.read_bytes()
    expect("an unfinished run in the way", run(*SMALL, "--out", out), 1, "--resume", "--restart")
    expect("other batches", run("--resume", "--batch", "64", "--out", out), 1, "--batch: found '128'; expected \"64\"")
    expect("another seed", run("--resume", "--seed", "1", "--out", out), 1, "--seed")
    expect("another split", run("--resume", "--bilevel", "50", "--out", out), 1, "--bilevel: found '0'; expected \"50\"")
    expect("another program", run("--resume", "--out", out, of=other), 1, "checkpoint.safetensors")
    checkpoint.write_bytes(whole[:len(whole) // 2])
    expect("a truncated checkpoint", run("--resume", "--out", out), 1, "checkpoint.safetensors")
    checkpoint.write_bytes(whole[:-5] + bytes([whole[-5] ^ 1]) + whole[-4:])
    expect("an altered checkpoint", run("--resume", "--out", out), 1, "the file has been altered")
    checkpoint.write_bytes(whole)
    warm_up = (out / "warm-up.safetensors").read_bytes() if (out / "warm-up.safetensors").exists() else None
    resumed = run("--resume", "--fine-tune", "1", "--out", out, "--quiet")
    expect("fewer epochs from a checkpoint", resumed, 0, "satisfied")
    if resumed.returncode == 0:
        again = json.loads((out / "report.json").read_text())
        if again["resumed"] != 1 or again["settings"]["--limit-train"] != "600":
            problems.append(f"resumed: {again['resumed']}, {again['settings']}")
        if again["command"] != f"{Path(program).name} --warm-up 1 --search 2 --fine-tune 1 --limit-train 600 " \
                               f"--limit-test 200 --out {out}":
            problems.append(f"resumed: {again['command']}")

print(f"{len(problems)} problems")
sys.exit("\n".join(problems) or None)
