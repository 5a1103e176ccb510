# SPDX-License-Identifier: Apache-2.0
"""nvcc compiles the torch-free half: core.hpp alone, a kernel that counts costs, and every file of tests/static. Where
there is no nvcc this says so; nothing runs on a GPU."""
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FLAGS = ["-std=c++20", "--expt-relaxed-constexpr", "-I", ROOT / "include", "-I", ROOT / "tests", "-x", "cu", "-c"]


def compiler():
    found = shutil.which(os.environ.get("CUDACXX") or "nvcc")
    installed = Path("/usr/local/cuda/bin/nvcc")
    return found or (installed if installed.exists() else None)


def problems(nvcc, file, folder):
    result = subprocess.run([nvcc, *FLAGS, file, "-o", Path(folder) / f"{file.stem}.o"], capture_output=True, text=True)
    if result.returncode == 0:
        return []
    lines = [line[:300] for line in (result.stdout + result.stderr).splitlines() if "error" in line]
    return lines[:5] or [f"{file}: nvcc exits with {result.returncode}"]


nvcc = compiler()
if not nvcc:
    print("no nvcc: nothing compiled")
    sys.exit()
with tempfile.TemporaryDirectory() as folder:
    alone = Path(folder) / "alone.cu"
    alone.write_text("#include <pliny/core.hpp>\n")
    files = [alone, HERE / "nvcc.cu", *sorted((ROOT / "tests/static").glob("*.cpp"))]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(lambda file: problems(nvcc, file, folder), files))
sys.exit("\n".join(line for lines in found for line in lines) or None)
