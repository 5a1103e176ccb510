# SPDX-License-Identifier: Apache-2.0
"""Writes state_dicts/: files of weights as Python's torch writes them, for tests/deploy. Run with torch 2.11.

    state_dicts.py [FOLDER, state_dicts beside this file]

All hold the network Conv2d(2, 3, 3, bias), BatchNorm2d(3), Linear(12, 4) of `sound()`, whose number i is
i / 8 - 2 in the order of the state dict: exact in every type. safetensors are written by hand, since the
package need not be there.
"""
import json
import os
import struct
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path

import torch

folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "state_dicts"
folder.mkdir(exist_ok=True)


def sound():
    net = torch.nn.Sequential(OrderedDict(
        [("0", torch.nn.Conv2d(2, 3, 3)), ("1", torch.nn.BatchNorm2d(3)), ("3", torch.nn.Linear(12, 4))]))
    next_number = 0
    with torch.no_grad():
        for name, tensor in net.state_dict().items():
            if name.endswith("num_batches_tracked"):
                tensor.fill_(5)
                continue
            count = tensor.numel()
            tensor.copy_((torch.arange(next_number, next_number + count) / 8 - 2).reshape(tensor.shape))
            next_number += count
    return net


def converted(state, dtype):
    return OrderedDict((k, v.to(dtype) if v.is_floating_point() else v) for k, v in state.items())


def safetensors(tensors, path):
    names = {torch.float32: "F32", torch.bfloat16: "BF16", torch.int64: "I64"}
    header, data = {}, b""
    for name in sorted(tensors, key=lambda n: (-tensors[n].element_size(), n)):
        raw = bytes(tensors[name].contiguous().reshape(-1).view(torch.uint8).tolist())
        header[name] = {"dtype": names[tensors[name].dtype], "shape": list(tensors[name].shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


class Evil:
    def __reduce__(self):
        return os.system, ("touch pliny_was_here",)


state = sound().state_dict()
torch.save(state, folder / "plain.pt")
torch.save(state, folder / "legacy.pth", _use_new_zipfile_serialization=False)
torch.save(state, folder / "protocol4.pt", pickle_protocol=4)
torch.save(OrderedDict(("module." + k, v) for k, v in state.items()), folder / "prefixed.pth")
torch.save(OrderedDict((k.replace("0.", "stem.conv.").replace("1.", "stem.norm.").replace("3.", "head."), v)
                       for k, v in state.items()), folder / "renamed.pt")
torch.save(converted(state, torch.float16), folder / "half.pt")
torch.save(converted(state, torch.bfloat16), folder / "bfloat16.pt")
torch.save(converted(state, torch.float64), folder / "double.pt")
safetensors(state, folder / "plain.safetensors")
safetensors(converted(state, torch.bfloat16), folder / "bfloat16.safetensors")

# Views: a transposed weight, one in channels-last order, vectors inside a common storage with gaps, one number
# repeated with stride 0.
common = torch.full((20,), 99.0)
common[2:11:3] = state["1.weight"]
common[11:14] = state["1.bias"]
strided = OrderedDict(state)
strided["3.weight"] = state["3.weight"].t().contiguous().t()
strided["0.weight"] = state["0.weight"].contiguous(memory_format=torch.channels_last)
strided["1.weight"], strided["1.bias"] = common[2:11:3], common[11:14]
strided["3.bias"] = torch.full((1,), 7.5).expand(4)
assert all(torch.equal(strided[k], v) for k, v in state.items() if k != "3.bias")
torch.save(strided, folder / "strided.pt")

torch.save({"epoch": 3, "best": 91.25, "shape": torch.Size([2, 5, 5]), "device": torch.device("cpu"),
            "history": [1, 2.5, None, True, 10**12, -5, b"raw"], "state_dict": state,
            "optimizer": torch.optim.Adam(sound().parameters()).state_dict()}, folder / "checkpoint.pth")
torch.save(OrderedDict(sound().named_parameters()), folder / "parameters.pt")  # Parameter, no buffers
old = OrderedDict((k, v) for k, v in state.items() if not k.endswith("num_batches_tracked"))
torch.save(old, folder / "old.pt")
torch.save({"0.weight": state["0.weight"], "evil": Evil()}, folder / "evil.pt")
torch.save({"0.weight": state["0.weight"], "evil": Evil()}, folder / "evil_legacy.pt",
           _use_new_zipfile_serialization=False)
torch.save(sound(), folder / "module.pt")
(folder / "truncated.pt").write_bytes((folder / "plain.pt").read_bytes()[:3000])
with zipfile.ZipFile(folder / "plain.pt") as plain, zipfile.ZipFile(
        folder / "compressed.pt", "w", zipfile.ZIP_DEFLATED) as packed:
    for name in plain.namelist():
        packed.writestr(zipfile.ZipInfo(name), plain.read(name), zipfile.ZIP_DEFLATED)
