# SPDX-License-Identifier: Apache-2.0
"""Writes npy_files.json: files that numpy's save, savez and savez_compressed write, as hexadecimal texts (numpy 2.4.6).

Every array is arange(6) in some type, order and shape, but those with names that say otherwise.
"""
import io
import json
from pathlib import Path

import numpy

six = numpy.arange(6)


def saved(array, version=None):
    file = io.BytesIO()
    if version:
        numpy.lib.format.write_array(file, array, version=version)
    else:
        numpy.save(file, array)
    return file.getvalue().hex()


def archive(save, **arrays):
    file = io.BytesIO()
    save(file, **arrays)
    return file.getvalue().hex()


files = {descr: saved(six.astype(descr)) for descr in
         ["|b1", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8", "<f2", "<f4", "<f8", ">i4", ">f8"]}
files["2 x 3"] = saved(six.astype("<i4").reshape(2, 3))
files["2 x 3 fortran"] = saved(numpy.asfortranarray(six.astype("<i4").reshape(2, 3)))
files["2 x 3 x 4 fortran, arange(24)"] = saved(numpy.asfortranarray(numpy.arange(24, dtype="<i2").reshape(2, 3, 4)))
files["scalar 5"] = saved(numpy.array(5, dtype="<i4"))
files["version 2"] = saved(six.astype("<i4"), (2, 0))
files["version 3"] = saved(six.astype("<i4"), (3, 0))
files["huge u8"] = saved(numpy.array([1 << 63], dtype="<u8"))
files["objects"] = saved(numpy.array([None, 1]))
files["texts"] = saved(numpy.array(["a", "bc"]))
files["structured"] = saved(numpy.zeros(2, dtype=[("a", "<i4"), ("b", "<f4")]))
files["complex"] = saved(six.astype("<c8"))
files["empty"] = saved(numpy.zeros((0, 3), dtype="<f4"))
arrays = {"x_train": numpy.arange(600, dtype="<f4").reshape(100, 6), "y_train": six.astype("<i8")}
files["npz stored"] = archive(numpy.savez, **arrays)
files["npz deflated"] = archive(numpy.savez_compressed, **arrays)

text = ",\n".join(f' {json.dumps(name)}: {json.dumps(value)}' for name, value in files.items())
(Path(__file__).parent / "npy_files.json").write_text("{\n" + text + "\n}\n")
