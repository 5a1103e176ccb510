# SPDX-License-Identifier: Apache-2.0
"""render_glyphs <program> [test programs]: what it writes, what it refuses, and that the programs can load it.

Exit code 77 (skipped) where no font is installed.
"""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

render, *loaders = sys.argv[1:]
PNG = b"\x89PNG\r\n\x1a\n"


def run(*options):
    return subprocess.run([render, *map(str, options)], capture_output=True, text=True)


def content(folder):
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def check(holds, what):
    if not holds:
        sys.exit(f"failed: {what}")


with tempfile.TemporaryDirectory() as temporary:
    here = Path(temporary)
    done = run("--out", here / "first", "--per-letter", 20)
    if done.returncode == 1 and "found no font with the letters A to J" in done.stderr:
        print("skipped: " + done.stderr)
        sys.exit(77)
    check(done.returncode == 0 and not done.stderr, f"the first run: {done}")
    first = content(here / "first")
    fonts = first["fonts.txt"].decode().count("\n")
    check(re.fullmatch(r"glyphs A-J rendered from \d+ fonts by render_glyphs, seed 0\n",
                       first["stand-in.txt"].decode()), "stand-in.txt")
    check(f" {fonts} fonts" in first["stand-in.txt"].decode(), "fonts.txt has a line for each font")
    images = [name for name in first if name.endswith(".png")]
    check(sorted(images) == [f"{letter}/{i:05}.png" for letter in "ABCDEFGHIJ" for i in range(20)], "names of images")
    check(len(first) == 202 and all(first[name].startswith(PNG) for name in images), "all images are PNG files")
    check(len({first[name] for name in images}) > 190, "hardly two images are alike")

    (here / "second").mkdir()
    check(run("--out", here / "second/", "--per-letter", 20).returncode == 0, "an empty folder is taken")
    check(content(here / "second") == first, "the same seed gives the same files")
    check(run("--out", here / "new" / "third", "--per-letter", 20, "--seed", 1).returncode == 0, "another seed")
    third = content(here / "new" / "third")
    check(all(first[name] != third[name] for name in images[:20]), "another seed gives other images")

    refused = run("--out", here / "first", "--per-letter", 1)
    check(refused.returncode == 2 and "expected a new or an empty folder" in refused.stderr, "a full folder: exit 2")
    check(content(here / "first") == first, "a folder that is refused stays as it was")
    check(run("--per-letter", 1).returncode == 2, "no --out: exit 2")
    check(run("--out", here / "x", "--per-letter", 0).returncode == 2, "no images: exit 2")
    check(run("--out", here / "x", "--fonts", here / "missing").returncode == 2, "missing fonts: exit 2")
    (here / "empty").mkdir()
    (here / "empty" / "no.ttf").write_text("not a font")
    none = run("--out", here / "x", "--fonts", here / "empty")
    check(none.returncode == 1 and "found no font with the letters A to J" in none.stderr, "no fonts: exit 1")
    check(run("--help").returncode == 0, "--help")

    for number in (signal.SIGINT, signal.SIGTERM):
        running = subprocess.Popen([render, "--out", here / "cut", "--per-letter", "1000000"], stderr=subprocess.PIPE)
        deadline = time.monotonic() + 60
        while not list(here.glob(".cut.partial-*/A/00009.png")):
            check(running.poll() is None and time.monotonic() < deadline, "images appear in a folder beside")
            time.sleep(0.01)
        check(not (here / "cut").exists(), "the folder appears when it is complete")
        running.send_signal(number)
        running.communicate()
        check(running.returncode == 128 + number, f"exit code of an interrupted run: {running.returncode}")
        check(sorted(path.name for path in here.iterdir()) == ["empty", "first", "new", "second"], "nothing is left")

    for program in loaders:
        loaded = subprocess.run([program, "--test-case=rendered glyphs*"], capture_output=True, text=True,
                                env=os.environ | {"PLINY_GLYPHS": str(here / "first")})
        check(loaded.returncode == 0 and "1 passed" in loaded.stdout, loaded.stdout)
