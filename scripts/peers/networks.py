#!/usr/bin/env python3
"""The networks that scripts/bench times, and their checkpoints with made-up weights.

usage: networks.py NAME FILE    (makes a checkpoint; needs torch and safetensors, all else only Python)
"""

import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

DIGITS = Path("lib/models/digits.safetensors")


@dataclass
class Bench:
    """How a network is timed: on batches of what size, and on how many images in each of how many pairs of runs."""

    network: dict = field(default_factory=dict)  # as a checkpoint records it
    batch: int = 64
    images: int = 512  # to draw
    steps: int = 10  # Euler steps
    trained: int = 512  # images to train on
    pairs: int = 5
    compared: int = 8  # images to compare with PyTorch's
    compared_steps: tuple = (1, 3, 10)  # drawn by so many steps


def unet(shape, **options):
    return {"type": "unet", "shape": shape, "classes": 0, **options}


BENCHES = {
    "digits": Bench(),
    # Ho et al. (2020), appendix B: 35.7 M parameters, 12.4 GFLOP an image with 128 channels and one block more a level
    # on the way up. Ours has 39.5 M and 11.9 GFLOP with 144, 31.2 M and 9.4 GFLOP with 128.
    "ddpm-cifar10": Bench(unet([3, 32, 32], channels=144, multipliers=[1, 2, 2, 2], blocks=2, attention=[16], head_channels=288),
                          batch=8, images=16, steps=4, trained=32, pairs=5, compared=2, compared_steps=(1, 3)),
    # Rombach et al. (2022), as Stable Diffusion 1.5 uses it: 860 M parameters with cross attention, which ours lacks; 2
    # blocks a level down and 3 up, where ours has 3 and 3.
    "sd15": Bench(unet([4, 64, 64], channels=320, multipliers=[1, 2, 4, 4], blocks=3, attention=[64, 32, 16], head_channels=64),
                  batch=2, images=2, steps=2, trained=2, pairs=3, compared=1, compared_steps=(1, 2)),
}


def metadata_of(path):
    with open(path, "rb") as file:
        size = int.from_bytes(file.read(8), "little")
        return json.loads(file.read(size)).get("__metadata__", {})


def config_of(path):
    return json.loads(metadata_of(path)["athanor.config"])


def training_options(network):
    """The options by which diffusion-train builds such a network."""
    words = []
    for name in ("channels", "multipliers", "blocks", "attention", "head_channels"):
        value = network[name]
        words += ["--" + name.replace("_", "-"), ",".join(map(str, value)) if isinstance(value, list) else str(value)]
    return words


def made_up_images(path, network, count=256):
    """Images of noise, with labels where the network has classes: what is trained on does not change the time."""
    shape, classes = [count, *network["shape"]], network["classes"]
    size = count * network["shape"][0] * network["shape"][1] * network["shape"][2]
    labels = b"".join((i % classes).to_bytes(8, "little") for i in range(count)) if classes else b""
    header = {"labels": {"dtype": "I64", "shape": [count], "data_offsets": [0, len(labels)]}} if classes else {}
    header["images"] = {"dtype": "U8", "shape": shape, "data_offsets": [len(labels), len(labels) + size]}
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + labels + os.urandom(size))


def make_checkpoint(name, path):
    """Weights that keep activations of order one: none of them is zero, as a new network's are in part."""
    import torch
    from safetensors.torch import save_file
    from unet import UNet, tensor_name

    network = BENCHES[name].network
    config = {"version": 1, "network": network, "parameterisation": "edm", "sigma_data": 0.5, "sigma_min": 0.002,
              "sigma_max": 80, "guidance": 1, "class_names": []}
    with torch.device("meta"):
        parameters = dict(UNet(network).named_parameters())
    generator = torch.Generator().manual_seed(0)

    def values(parameter, weight):
        normal = torch.randn(parameter.shape, generator=generator)
        if parameter.dim() > 1:
            return normal / parameter[0].numel() ** 0.5
        return 1 + 0.1 * normal if weight else 0.1 * normal

    weights = {tensor_name(n): values(p, n.endswith("weight")) for n, p in parameters.items()}
    temporary = path.with_suffix(".partial")
    save_file(weights, temporary, {"format": "pt", "athanor.config": json.dumps(config)})
    temporary.rename(path)


if __name__ == "__main__":
    make_checkpoint(sys.argv[1], Path(sys.argv[2]))
