# SPDX-License-Identifier: Apache-2.0
"""Quantizers give the same bits, and NaN is found, where a user compiles with -Ofast or parts of -ffast-math."""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PARTS = ["-fassociative-math", "-fno-signed-zeros", "-fno-trapping-math", "-freciprocal-math", "-ffinite-math-only"]


def lines(compiler, flags, folder):
    program = Path(folder) / "fast_math"
    subprocess.run([compiler, "-std=c++20", *flags, "-I", HERE.parents[1] / "include", "-I", HERE.parent,
                    HERE / "fast_math.cpp", "-o", program], check=True)
    printed = subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines()
    # With -Ofast clang fuses products and sums to fma, which no pragma stops: mixtures differ by a rounding.
    fused = ("mixture", "sums", "gradients") if "clang" in compiler else ()
    return [line for line in printed if not line.startswith(fused)] if fused else printed


problems = []
with tempfile.TemporaryDirectory() as folder:
    for compiler in dict.fromkeys([os.environ.get("CXX") or "g++", "clang++"]):
        if not shutil.which(compiler):
            continue
        for fast, plain in (["-Ofast"], ["-O3"]), (["-O3", *PARTS], ["-O3"]):
            wanted, found = lines(compiler, plain, folder), lines(compiler, fast, folder)
            problems += [f"{compiler} {' '.join(fast)}: {b}, without: {a}" for a, b in zip(wanted, found) if a != b]
            if len(wanted) != len(found) or len(found) < 15:
                problems.append(f"{compiler} {' '.join(fast)}: {len(found)} lines, without: {len(wanted)}")
sys.exit("\n".join(problems) or None)
