#!/usr/bin/env python3
"""Compares images with Pillow's and tifffile's: read here as written there, and read there as written here.

Random pixels of every number of channels and depth, in every format that loses nothing; JPEG within the two steps of
256 by which decoders may differ.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import PIL
import tifffile
from PIL import Image

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--bin", type=Path, required=True)
arguments.add_argument("--seed", type=int, required=True)
arguments = arguments.parse_args()
random = np.random.default_rng(arguments.seed)
checks = {}


def convert(*words):
    done = subprocess.run([arguments.bin / "tensor-convert", *map(str, words)], capture_output=True)
    if done.returncode != 0 or done.stderr:
        raise SystemExit(f"parity: seed {arguments.seed}: tensor-convert {words}: {done.stderr.decode()}")


def check(what, got, want, bound=0):
    checks[what] = checks.get(what, 0) + 1
    if got.shape != want.shape or np.abs(got.astype(int) - want.astype(int)).max() > bound:
        raise SystemExit(f"parity: seed {arguments.seed}: {what} differs: {got.shape} {want.shape}")


def read_here(path, folder, most):
    """Rows [1,C,H,W] in [-1,1] as [H,W,C] of whole numbers up to `most`."""
    convert(path, "--alpha", "keep", "--force", "-o", folder / "x.npy")
    return np.rint((np.load(folder / "x.npy")[0].transpose(1, 2, 0).astype(np.float64) + 1) * most / 2).astype(int)


def pixels(channels, depth):
    shape = (*random.integers(1, 60, 2), channels)
    return random.integers(0, 2**depth, shape, dtype=np.uint16 if depth == 16 else np.uint8)


def written_there(folder):
    for channels, mode in {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}.items():
        for suffix in ("png", "tiff", "webp", "ppm", "jpg"):
            if (suffix in ("ppm", "jpg") and channels in (2, 4)) or (suffix == "webp" and channels < 3):
                continue
            x = pixels(channels, 8)
            smooth = suffix == "jpg"
            if smooth:  # noise is where decoders' upsampling shows most
                x = np.add.outer(np.arange(x.shape[0]), np.arange(x.shape[1]))[:, :, None].repeat(channels, 2)
                x = x.astype(np.uint8)
            image = Image.fromarray(x.squeeze(2) if channels == 1 else x, mode)
            options = {"webp": {"lossless": True, "exact": True}, "jpg": {"quality": 95, "subsampling": 0},
                       "tiff": {"compression": random.choice(["raw", "tiff_lzw", "tiff_deflate", "packbits"])}}
            image.save(folder / f"x.{suffix}", **options.get(suffix, {}))
            want = np.asarray(Image.open(folder / f"x.{suffix}")).reshape(x.shape)
            check(f"{suffix} {mode} there, here", read_here(folder / f"x.{suffix}", folder, 255), want, 2 * smooth)
        x = pixels(channels, 16)
        tifffile.imwrite(folder / "x16.tiff", x.squeeze(2) if channels == 1 else x,
                         photometric="rgb" if channels > 2 else "minisblack",
                         extrasamples=["unassalpha"] if channels in (2, 4) else None)
        check(f"tiff 16 {mode} there, here", read_here(folder / "x16.tiff", folder, 65535), x)
    x = pixels(1, 16)
    Image.fromarray(x.squeeze(2)).save(folder / "x16.png")
    check("png 16 L there, here", read_here(folder / "x16.png", folder, 65535), x)


def written_here(folder):
    for channels in (1, 3):
        for depth, formats in {8: ("png", "tiff", "webp", "pnm"), 16: ("png", "tiff", "pnm")}.items():
            for form in formats:
                x = pixels(channels, depth)
                np.save(folder / "rows.npy", (x.transpose(2, 0, 1)[None] / ((2**depth - 1) / 2) - 1).astype(np.float32))
                convert(folder / "rows.npy", "--format", form, "--depth", depth, "--force", "-o", f"{folder}/{form}{depth}{channels}/")
                (path,) = (folder / f"{form}{depth}{channels}").iterdir()
                if form == "tiff":
                    got = tifffile.imread(path)
                elif channels == 3 and depth == 16:
                    continue  # Pillow has no such mode
                else:
                    image = Image.open(path)
                    got = np.asarray(image.convert("L") if form == "webp" and channels == 1 else image)
                check(f"{form} {depth} of {channels} here, there", got.reshape(x.shape), x)


for family in (written_there, written_here):
    for _ in range(8):
        with tempfile.TemporaryDirectory() as name:
            family(Path(name))
for what, count in checks.items():
    print(f"{count:6} {what}")
print(f"images: all equal, seed {arguments.seed}; Pillow {PIL.__version__}, tifffile {tifffile.__version__}")
