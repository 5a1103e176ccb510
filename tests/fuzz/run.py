# SPDX-License-Identifier: Apache-2.0
"""Runs the fuzzers, two at a time, and prints a table.

    run.py FOLDER_OF_PROGRAMS [SECONDS for each, 600]

Seeds are made here; a new finding stays in FOLDER_OF_PROGRAMS/findings. Exit code 1 where there is one.
"""
import concurrent.futures
import gzip
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

programs = Path(sys.argv[1]).resolve()
seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 600


def idx():
    images = struct.pack(">IIII", 0x803, 2, 3, 3) + bytes(range(18))
    labels = struct.pack(">II", 0x801, 4) + bytes(4)
    return [images, labels, gzip.compress(images), gzip.compress(labels) + gzip.compress(b""), b""]


def png(width, height, bits, colour, rows, *more):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(chunk(*m) for m in more)
            + chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows))) + chunk(b"IEND", b""))


def png_folder():
    palette = [(b"PLTE", bytes(range(48)))]
    return [png(28, 28, 8, 0, [bytes(28)] * 28), png(28, 28, 8, 2, [bytes(84)] * 28),
            png(28, 28, 8, 6, [bytes(112)] * 28), png(28, 28, 16, 0, [bytes(56)] * 28),
            png(28, 28, 4, 3, [bytes(14)] * 28, *palette), png(27, 28, 8, 0, [bytes(27)] * 28), b"", b"GIF89a"]


def csv():
    return [b"a,b,species\n1,2,x\n3,4,y\n", b"\xef\xbb\xbf\"a\",\"b \"\"c\"\"\"\r\n1.5,-2e3\r\n,7\r\n",
            b"1,2,3\n4,5,6\n7,NA,9\n", gzip.compress(b"a,b\n1,2\n"), b""]


def npy():
    def file(descr, fortran, shape, data, version=1):
        header = f"{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n".encode()
        return (b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(header)) + header
                + data)
    return [file("<f4", False, "(2, 3)", bytes(24)), file(">i2", True, "(2, 3, 2)", bytes(24)),
            file("|b1", False, "(3,)", b"\0\1\2", 2), file("<f8", False, "()", bytes(8), 3),
            gzip.compress(file("|u1", True, "(2, 2)", bytes(4))), b""]


def safetensors():
    def file(header, data):
        text = json.dumps(header).encode()
        return struct.pack("<Q", len(text)) + text + data
    one = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}
    two = {"dtype": "I64", "shape": [], "data_offsets": [16, 24]}
    return [file({"a": one}, bytes(16)), file({"__metadata__": {"format": "pt"}, "a": one, "b": two}, bytes(24)),
            file({}, b"")]


def checkpoint():
    cost = {"params": 421642.0}
    return [json.dumps({
        "format": "pliny checkpoint 1", "identity": {"program": "p", "network": "Cnn"},
        "settings": {"--batch": "128"},
        "training": {
            "position": {"phase": "search", "epoch": 1, "batch": 17, "loss_sum": 0.25, "penalty_sum": 0.0,
                         "right": 3, "seconds": 1.5, "best": 0.0, "best_epoch": -1},
            "epochs": [{"phase": "warm-up", "epoch": 0, "train_loss": 0.5, "train_accuracy": 80.0,
                        "test_accuracy": 81.0, "validation_accuracy": None, "cost": cost, "penalty": 0.0,
                        "learning_rate": 0.001, "seconds": 14.0}],
            "curve": [{"phase": "warm-up", "step": 0, "loss": 2.3, "penalty": 0.0, "cost": cost}],
            "results": {"files": {"warm-up.safetensors": "1"}}, "resumed": 0}}).encode()]


def weights():
    files = sorted((Path(__file__).parents[1] / "golden/state_dicts").iterdir())
    return [file.read_bytes() for file in files] + safetensors()


def pickle():
    made = []
    for file in weights():
        if file.startswith(b"PK") and (end := file.find(b".PK")) > 0 and b"\x80" in file[:end]:
            made.append(file[file.index(b"\x80"):end + 1])
        elif file.startswith(b"\x80"):
            made.append(file)
    return made


def fuzz(target):
    corpus = programs / "corpus" / target.__name__
    corpus.mkdir(parents=True, exist_ok=True)
    for i, seed in enumerate(target()):
        (corpus / f"seed{i}").write_bytes(seed)
    findings = programs / "findings"
    findings.mkdir(exist_ok=True)
    run = subprocess.run(
        [programs / f"fuzz_{target.__name__}", corpus, f"-max_total_time={seconds}", "-timeout=10",
         "-rss_limit_mb=3000", "-print_final_stats=1", "-max_len=8192",
         f"-artifact_prefix={findings}/{target.__name__}-"],
        capture_output=True, text=True, errors="replace", env=os.environ | {"TMPDIR": scratch})
    number = re.search(r"number_of_executed_units: (\d+)", run.stderr)
    edges = re.findall(r"cov: (\d+)", run.stderr)
    return (target.__name__, int(number[1]) if number else 0, edges[-1] if edges else "-", run.returncode,
            run.stderr[-3000:])


failed = False
print(f"| input | seconds | inputs tried | edges covered | findings |\n|---|---|---|---|---|")
with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(2) as pool:
    for name, number, edges, code, log in pool.map(fuzz, [idx, png_folder, csv, npy, safetensors, checkpoint, weights, pickle]):
        print(f"| {name} | {seconds} | {number:,} | {edges} | {'none' if code == 0 else 'FAILED'} |", flush=True)
        if code != 0:
            failed = True
            print(log, file=sys.stderr)
sys.exit(failed)
