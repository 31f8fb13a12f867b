#!/usr/bin/env python3
"""Compares cosine-check with NumPy's float64 on random checkpoints, in every kind of group.

Figures agree to 1e-12 of themselves; 1 - C and 1 - W, which NumPy gets from differences of unit vectors, likewise. Ends with
1 at the first difference.
"""

import argparse
import json
import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--bin", type=Path, required=True)
arguments.add_argument("--seed", type=int, required=True)
arguments = arguments.parse_args()
random = np.random.default_rng(arguments.seed)
GROUPS = ["tensor", "row", "block:100", "block:70000", "element", "layer", "regex:(q|up)_proj"]
BOUND = 1e-12
worst = {}


def checkpoint(change):
    """Names and float64 arrays: weights of several sizes, gains about 1, and a matrix whose norm is changed."""
    arrays = {}
    for i in range(4):
        for name in ("q_proj", "up_proj"):
            arrays[f"model.layers.{i}.{name}.weight"] = random.standard_normal((random.integers(1, 300), 331)) * (1 + i)
    arrays["model.norm.weight"] = 1 + 0.01 * random.standard_normal(4096)
    arrays["conv.weight"] = random.standard_normal((7, 3, 3, 3))
    other = {name: array + change * random.standard_normal(array.shape) for name, array in arrays.items()}
    other["model.layers.2.q_proj.weight"] *= random.uniform(0.01, 100)
    return arrays, other


def rounded(arrays, dtype, path):
    """Saves them in a type; what it holds."""
    tensors = {name: torch.from_numpy(array).to(dtype) for name, array in arrays.items()}
    save_file(tensors, path)
    return {name: tensor.double().numpy() for name, tensor in tensors.items()}


def parts(name, x, y, group):
    """Pairs of vectors with the group that each belongs to."""
    if group == "row":
        rows = len(x) if x.ndim > 1 else 1
        return [((name, i), u, v) for i, (u, v) in enumerate(zip(x.reshape(rows, -1), y.reshape(rows, -1)))]
    x, y = x.ravel(), y.ravel()
    if group.startswith("block:"):
        n = int(group[6:])
        return [((name, i), x[i:i + n], y[i:i + n]) for i in range(0, x.size, n)]
    if group == "layer":
        layer = re.match(r"(.*\.\d+)\.", name)
        return [(layer[1] if layer else name.rsplit(".", 1)[0], x, y)]
    if group.startswith("regex:"):
        found = re.search(group[6:], name)
        return [(found[1] if found else "", x, y)]
    return [(name, x, y)]


def figures(a, b, group):
    x = np.concatenate([array.ravel() for array in a.values()])
    y = np.concatenate([b[name].ravel() for name in a])
    if group == "element":
        nonzero = x * y != 0
        norms_x, norms_y, cosines = np.abs(x), np.abs(y), np.sign((x * y)[nonzero])
        ratios = norms_y[nonzero] / norms_x[nonzero]
    else:
        groups = {}
        for name in a:
            for key, u, v in parts(name, a[name], b[name], group):
                groups.setdefault(key, []).append((u, v))
        joined = [tuple(map(np.concatenate, zip(*pieces))) for pieces in groups.values()]
        norms_x, norms_y = (np.array([np.linalg.norm(pair[side]) for pair in joined]) for side in (0, 1))
        cosines = np.array([u @ v for u, v in joined]) / (norms_x * norms_y)
        ratios = norms_y / norms_x
    length_x, length_y = np.linalg.norm(x), np.linalg.norm(y)
    profile = norms_x @ norms_y / (length_x * length_y)
    kappa = ratios.max() / ratios.min()
    return {
        "cosine": x @ y / (length_x * length_y),
        "one_minus_cosine": np.sum((x / length_x - y / length_y)**2) / 2,
        "profile": profile,
        "one_minus_profile": np.sum((norms_x / length_x - norms_y / length_y)**2) / 2,
        "direction": x @ y / (length_x * length_y) / profile,
        "ratio": length_y / length_x,
        "product": x @ y,
        "relative_distance": np.linalg.norm(x - y) / length_x,
        "equal_signs": np.sum(x * y > 0) / np.sum(x * y != 0),
        "pearson": np.corrcoef(x, y)[0, 1],
        "local.groups": len(cosines),
        "local.median": np.median(cosines),
        "local.mean": cosines.mean(),
        "local.p5": np.quantile(cosines, 0.05),
        "local.least.value": cosines.min(),
        "local.greatest.value": cosines.max(),
        "local.kappa": kappa,
        **({"local.cassels_floor": cosines.min() * 2 * np.sqrt(kappa) / (1 + kappa)} if cosines.min() > 0 else {}),
    }


def compare(folder, change, dtype):
    a, b = checkpoint(change)
    a, b = (rounded(arrays, dtype, folder / name) for arrays, name in ((a, "a"), (b, "b")))
    for group in GROUPS:
        done = subprocess.run([arguments.bin / "cosine-check", folder / "a", folder / "b", "--group", group, "--json"],
                              capture_output=True, check=True)
        for name, want in figures(a, b, group).items():
            got = json.loads(done.stdout)
            for key in name.split("."):
                got = got[key]
            apart = abs(got - want) / max(abs(want), 1e-300)
            worst[name] = max(worst.get(name, 0), apart)
            if not apart <= BOUND:
                raise SystemExit(f"parity: seed {arguments.seed}: {name} of {group} in {dtype} differs: {got!r} here, "
                                 f"{want!r} there")


with tempfile.TemporaryDirectory() as folder:
    for dtype in (torch.float32, torch.bfloat16, torch.float16, torch.float64):
        for change in (0.003, 0.1, 3):
            compare(Path(folder), change, dtype)
print(f"parity: cosine-check and NumPy {np.__version__}, seed {arguments.seed}; the largest relative differences of")
for name, apart in worst.items():
    print(f"  {name:22} {apart:.1e}")
