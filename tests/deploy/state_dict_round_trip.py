# SPDX-License-Identifier: Apache-2.0
"""A state dict of torchvision's vgg16 layout goes from PyTorch into a model of pliny and back.

    state_dict_round_trip.py NN_TESTS GOLDEN

Outputs must agree within 1e-4 and come back tensors must be the same bytes. Exit code 77: no Python package torch.
"""
import json
import os
import struct
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
try:
    import torch
    from torch import nn
except ImportError:
    print("skipped: no Python package torch")
    sys.exit(77)

program, golden = sys.argv[1], Path(sys.argv[2])
torch.set_num_threads(1)


def vgg16(channels=(4, 8, 16, 32, 32), hidden=64, classes=10):
    """As torchvision.models.vgg16, with fewer channels."""
    features, last = [], 3
    for block, count in zip(channels, (2, 2, 3, 3, 3)):
        for _ in range(count):
            features += [nn.Conv2d(last, block, 3, padding=1), nn.ReLU(inplace=True)]
            last = block
        features.append(nn.MaxPool2d(2))
    net = nn.Module()
    net.features, net.avgpool = nn.Sequential(*features), nn.AdaptiveAvgPool2d(7)
    net.classifier = nn.Sequential(nn.Linear(last * 49, hidden), nn.ReLU(True), nn.Dropout(), nn.Linear(hidden, hidden),
                                   nn.ReLU(True), nn.Dropout(), nn.Linear(hidden, classes))
    net.forward = lambda x: net.classifier(torch.flatten(net.avgpool(net.features(x)), 1))
    return net.eval()


def raw(tensor):
    return bytes(tensor.contiguous().reshape(-1).view(torch.uint8).tolist())


def safetensors(path):
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header, data = json.loads(content[8:8 + length]), content[8 + length:]
    header.pop("__metadata__")
    return {name: (e["dtype"], e["shape"], data[slice(*e["data_offsets"])]) for name, e in header.items()}


def same(found, expected, what):
    if found != expected:
        sys.exit(f"{what}: found {str(found)[:200]}; expected {str(expected)[:200]}")


torch.manual_seed(1)
net = vgg16()
with torch.no_grad():
    for parameter in net.parameters():
        if parameter.dim() > 1:
            nn.init.kaiming_normal_(parameter)
        else:
            nn.init.normal_(parameter, std=0.1)
    x = torch.randn(4, 3, 32, 32)
    y = net(x)
state = net.state_dict()
same(list(state)[-1], "classifier.6.bias", "last name")
with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    torch.save(state, folder / "vgg16.pth")
    torch.save({"x": x, "y": y}, folder / "samples.pt")
    run = subprocess.run([program, "--test-case=state dict:*"], env=os.environ | {"PLINY_STATE_DICTS": name})
    if run.returncode != 0:
        sys.exit(run.returncode)

    back = torch.load(folder / "back.pth", weights_only=True)
    same(list(back), list(state), "names of back.pth")
    written = safetensors(folder / "back.safetensors")
    same(sorted(written), sorted(state), "names of back.safetensors")
    for key, tensor in state.items():
        same(back[key].dtype, tensor.dtype, key)
        same(list(back[key].shape), list(tensor.shape), key)
        same(raw(back[key]), raw(tensor), f"{key} of back.pth")
        same(written[key], ("F32", list(tensor.shape), raw(tensor)), f"{key} of back.safetensors")
    again = vgg16()
    again.load_state_dict(back)
    same(torch.equal(again(x), y), True, "outputs of the weights that came back")

    plain = torch.load(golden / "state_dicts/plain.pt", weights_only=True)
    for file, dtype in ("small.pt", torch.float32), ("bfloat16.pt", torch.bfloat16):
        small = torch.load(folder / file, weights_only=True)
        same(list(small), list(plain), f"names of {file}")
        for key, tensor in plain.items():
            same(small[key].dtype, dtype if tensor.is_floating_point() else torch.int64, key)
            same(torch.equal(small[key].to(tensor.dtype), tensor), True, f"{key} of {file}")
print(f"{len(state)} tensors: same outputs, same bytes")
