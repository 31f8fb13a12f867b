#!/usr/bin/env python3
"""Compares compare-samples with pytorch-fid, torch-fidelity, POT, prdc and scikit-learn on random sets.

More rows than dimensions and fewer, singular covariances, sets of unequal sizes. Ends with 1 at the first difference.
"""

import argparse
import contextlib
import importlib.metadata
import io
import json
import math
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import ot
from prdc import compute_prdc
from pytorch_fid.fid_score import calculate_frechet_distance
from safetensors.numpy import load_file
from sklearn.metrics import pairwise_distances
from torch_fidelity.metric_kid import kernel_mmd

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--bin", type=Path, required=True)
arguments.add_argument("--seed", type=int, required=True)
arguments = arguments.parse_args()
random = np.random.default_rng(arguments.seed)
checks, worst = {}, {}
PROJECTION = 9  # core/random.h


def run(*words):
    done = subprocess.run([arguments.bin / "compare-samples", *map(str, words), "--json"], capture_output=True)
    if done.returncode != 0 or done.stderr:
        raise SystemExit(f"parity: seed {arguments.seed}: compare-samples {' '.join(map(str, words))} ended with "
                         f"{done.returncode}: {done.stderr.decode()}")
    return {figure["measure"]: figure for figure in json.loads(done.stdout)["figures"]}


def check(what, got, want, relative, absolute=0.0):
    checks[what] = checks.get(what, 0) + 1
    apart = abs(got - want)
    worst[what] = max(worst.get(what, 0), apart / max(abs(want), 1e-300))
    if not apart <= relative * abs(want) + absolute:
        raise SystemExit(f"parity: seed {arguments.seed}: {what} differs: {got!r} here, {want!r} there")


def philox(counter, key):
    """Philox4x32-10 of one counter."""
    c, k = list(counter), list(key)
    for _ in range(10):
        first, second = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
        c = [(second >> 32) ^ c[1] ^ k[0], second & 0xFFFFFFFF, (first >> 32) ^ c[3] ^ k[1], first & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


def direction(seed, index, dimension):
    """The unit vector of this number: normals by Box and Muller's method, of 53 bits."""
    normals, block = [], 0
    while len(normals) < dimension:
        w = philox([index & 0xFFFFFFFF, index >> 32, PROJECTION << 24, block], [seed & 0xFFFFFFFF, seed >> 32])
        u, v = ((((w[i] << 32 | w[i + 1]) >> 11) + 0.5) * 2.0**-53 for i in (0, 2))
        radius, angle = math.sqrt(-2 * math.log(u)), 2 * math.pi * v
        normals += [radius * math.cos(angle), radius * math.sin(angle)]
        block += 1
    vector = np.array(normals[:dimension])
    return vector / np.linalg.norm(vector)


def moments(x):
    return x.mean(0), np.cov(x, rowvar=False).reshape(x.shape[1], x.shape[1])


def nuclear_frechet(x, y):
    """The same distance in the space of the rows, where pytorch-fid's root of a singular product loses digits."""
    a, b = ((v - v.mean(0)) / math.sqrt(len(v) - 1) for v in (x, y))
    return (np.sum((x.mean(0) - y.mean(0)) ** 2) + np.sum(a**2) + np.sum(b**2)
            - 2 * np.linalg.svd(a @ b.T, compute_uv=False).sum())


def pair(n, m, d):
    mix = random.standard_normal((d, d)) / math.sqrt(d)
    shift = 0.3 * random.standard_normal(d)
    return (random.standard_normal((n, d)) @ mix).astype(np.float32), \
        (1.1 * random.standard_normal((m, d)) @ mix + shift).astype(np.float32)


def files(folder, x, y):
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", y)
    return folder / "x.npy", folder / "y.npy"


def frechet(folder):
    for n, m, d in ((500, 400, 2), (500, 400, 10), (3000, 2500, 200), (5000, 700, 64)):
        x, y = pair(n, m, d)
        paths = files(folder, x, y)
        x, y = x.astype(np.float64), y.astype(np.float64)
        want = calculate_frechet_distance(*moments(x), *moments(y))
        check("Fréchet distance, pytorch-fid", run(*paths, "--measures", "frechet")["frechet"]["value"], want, 1e-6)
        # pytorch-fid's own file of statistics as the reference, and ours as its.
        np.savez(folder / "m.npz", mu=moments(x)[0], sigma=moments(x)[1])
        check("Fréchet distance from pytorch-fid's statistics",
              run(folder / "m.npz", paths[1], "--measures", "frechet")["frechet"]["value"], want, 1e-6)
        run(*paths, "--measures", "frechet", "--moments", folder / "o.npz", "--force")
        with np.load(folder / "o.npz") as file:
            check("Fréchet distance from our statistics, pytorch-fid",
                  calculate_frechet_distance(file["mu"], file["sigma"], *moments(y)), want, 1e-9)
    for n, m, d in ((30, 50, 200), (300, 40, 100), (2, 2, 5)):
        x, y = pair(n, m, d)
        paths = files(folder, x, y)
        want = nuclear_frechet(x.astype(np.float64), y.astype(np.float64))
        check("Fréchet distance of few rows, NumPy", run(*paths, "--measures", "frechet")["frechet"]["value"], want,
              1e-6)


def covariance(folder):
    for n, d in ((1023, 7), (5000, 100)):
        x = (1000 + pair(n, 1, d)[0]).astype(np.float32)
        paths = files(folder, x, x)
        run(*paths, "--measures", "frechet", "--moments", folder / "m.safetensors", "--force")
        mean, sigma = moments(x.astype(np.float64))
        got = load_file(folder / "m.safetensors")
        check("mean, NumPy", 1 + np.abs(got["mu"] / mean - 1).max(), 1, 1e-12)
        check("covariance, NumPy", 1 + np.abs(got["sigma"] - sigma).max() / np.abs(sigma).max(), 1, 1e-12)


def sliced(folder):
    for n, m, d in ((300, 300, 5), (211, 340, 1), (150, 77, 40)):
        x, y = pair(n, m, d)
        paths, seed = files(folder, x, y), int(random.integers(1 << 40))
        along = np.array([direction(seed, i, d) for i in range(16)])
        got = run(*paths, "--measures", "sliced-wasserstein", "--directions", 16, "--seed", seed)
        want = ot.sliced_wasserstein_distance(x.astype(np.float64), y.astype(np.float64), projections=along.T, p=2)
        check("sliced Wasserstein distance, POT", got["sliced-wasserstein"]["value"], want, 1e-9)


def kid(folder):
    for n, d in ((50, 3), (700, 30)):
        x, y = pair(n, n, d)
        got = run(*files(folder, x, y), "--measures", "kid,mmd")
        x, y = x.astype(np.float64), y.astype(np.float64)
        scale = float(np.mean((x @ x.T / d + 1) ** 2) ** 1.5)
        check("KID, torch-fidelity", got["kid"]["value"], kernel_mmd(x, y, kid_kernel="poly"), 1e-9, 1e-12 * scale)
        both = np.concatenate([x, y])
        squares = np.sort(pairwise_distances(both)[np.triu_indices(2 * n, 1)])
        h = squares[len(squares) // 2]
        check("MMD with a Gaussian kernel, torch-fidelity", got["mmd"]["value"],
              kernel_mmd(x, y, kid_kernel="rbf", kid_kernel_rbf_sigma=h), 1e-6, 1e-12)


def neighbours(folder):
    for n, m, d, k in ((60, 60, 2, 1), (900, 500, 16, 5), (300, 1500, 100, 10)):
        x, y = pair(n, m, d)
        got = run(*files(folder, x, y), "--measures", "neighbours", "-k", k)
        with contextlib.redirect_stdout(io.StringIO()):
            want = compute_prdc(x.astype(np.float64), y.astype(np.float64), nearest_k=k)
        for name, value in want.items():
            check(f"{name}, prdc", got[name]["value"], float(value), 1e-12)


for family in (frechet, covariance, sliced, kid, neighbours):
    with tempfile.TemporaryDirectory() as name:
        family(Path(name))
for what, count in checks.items():
    print(f"{count:6} {what}, at most {worst[what]:.1e} apart")
packages = ("pytorch-fid", "torch-fidelity", "POT", "prdc", "scikit-learn")
print(f"samples: all equal, seed {arguments.seed}; "
      + ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages))
