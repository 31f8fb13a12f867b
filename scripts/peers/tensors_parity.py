#!/usr/bin/env python3
"""Compares the tensor tools with PyTorch, NumPy and safetensors on random tensors.

Every format is written there and read here, written here and read there, and must hold the same bytes. Casts, slices,
statistics and verdicts must be those of PyTorch and NumPy. Ends with 1 at the first difference.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

DTYPES = [
    getattr(torch, name)
    for name in "float64 float32 float16 bfloat16 float8_e4m3fn float8_e5m2 int64 int32 int16 int8 uint64 uint32 uint16 "
    "uint8 bool".split()
]
NUMPY_HAS_NOT = (torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2)
SHAPES = [(), (0,), (1,), (7,), (3, 5), (0, 4), (2, 3, 4), (1, 1, 1, 2), (33, 17)]

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--bin", type=Path, required=True)
arguments.add_argument("--seed", type=int, required=True)
arguments = arguments.parse_args()
random = np.random.default_rng(arguments.seed)
checks = {}


def run(tool, *words, codes=(0,)):
    done = subprocess.run([arguments.bin / tool, *map(str, words)], capture_output=True)
    if done.returncode not in codes or (done.returncode == 0 and done.stderr):
        raise SystemExit(f"parity: seed {arguments.seed}: {tool} {' '.join(map(str, words))} ended with "
                         f"{done.returncode}: {done.stderr.decode()}")
    return done


def check(what, good, detail=""):
    checks[what] = checks.get(what, 0) + 1
    if not good:
        raise SystemExit(f"parity: seed {arguments.seed}: {what} differs {detail}")


def random_tensor(dtype, shape):
    """Any bit pattern at all, but 0 and 1 of booleans."""
    size = torch.empty(0, dtype=dtype).element_size() * int(np.prod(shape))
    if size == 0:
        return torch.empty(shape, dtype=dtype)
    raw = random.integers(0, 2 if dtype == torch.bool else 256, size, dtype=np.uint8)
    return torch.from_numpy(raw).view(dtype).reshape(shape)


def raw(tensor):
    if tensor.numel() == 0:
        return b""
    return tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


def same(what, got, want):
    check(what, set(got) == set(want), f"in names: {sorted(got)} {sorted(want)}")
    for name, tensor in want.items():
        mine = got[name]
        good = mine.dtype == tensor.dtype and mine.shape == tensor.shape and raw(mine) == raw(tensor)
        check(what, good, f"in {name}, {tensor.dtype} {tuple(tensor.shape)}")


def all_tensors():
    return {f"{str(d)[6:]}/{i}": random_tensor(d, s) for d in DTYPES for i, s in enumerate(SHAPES)}


def numpy_arrays(tensors):
    return {name: t.numpy() for name, t in tensors.items() if t.dtype not in NUMPY_HAS_NOT}


def formats(folder):
    tensors, ours = all_tensors(), folder / "ours.safetensors"
    save_file(tensors, folder / "a.safetensors", {"format": "pt", "note": "ü\n\"\\"})
    run("tensor-convert", folder / "a.safetensors", "-o", ours)
    same("safetensors there, here, there", load_file(ours), tensors)
    with safe_open(ours, "pt") as file:
        check("metadata", file.metadata()["note"] == "ü\n\"\\")
    run("tensor-convert", ours, "-o", folder / "ours.pt")
    for options in ({}, {"mmap": True}):
        same("pt here, PyTorch", torch.load(folder / "ours.pt", weights_only=True, **options), tensors)

    plain = numpy_arrays(tensors)
    run("tensor-convert", ours, "--exclude", "^(bfloat16|float8)", "-o", folder / "ours.npz")
    with np.load(folder / "ours.npz") as file:
        same("npz here, NumPy", {n: torch.from_numpy(file[n]) for n in file.files}, {n: tensors[n] for n in plain})
    for save in (np.savez, np.savez_compressed):
        save(folder / "there.npz", **plain)
        run("tensor-convert", folder / "there.npz", "--force", "-o", folder / "back.safetensors")
        same("npz NumPy, here", load_file(folder / "back.safetensors"), {n: tensors[n] for n in plain})
    run("tensor-convert", ours, "--shard-size", "1kB", "-o", f"{folder}/shards/")
    index = json.loads((folder / "shards/model.safetensors.index.json").read_text())
    shards = {n: load_file(folder / "shards" / f)[n] for n, f in index["weight_map"].items()}
    same("shards here, safetensors", shards, tensors)
    run("tensor-convert", folder / "shards", "--no-history", "--force", "-o", folder / "back.safetensors")
    same("shards, here", load_file(folder / "back.safetensors"), tensors)


def npy(folder):
    for dtype in DTYPES:
        if dtype in NUMPY_HAS_NOT:
            continue
        for shape in SHAPES:
            tensor = random_tensor(dtype, shape)
            array = tensor.numpy()
            for name, there in {"C": array, "Fortran": np.array(array, order="F"),
                                "big-endian": array.astype(array.dtype.newbyteorder(">"))}.items():
                np.save(folder / "x.npy", there)
                run("tensor-convert", folder / "x.npy", "--force", "-o", folder / "x.safetensors")
                same(f"npy {name}, here", load_file(folder / "x.safetensors"), {"arr_0": tensor})
            run("tensor-convert", folder / "x.npy", "--force", "-o", folder / "y.npy")
            same("npy here, NumPy", {"": torch.from_numpy(np.load(folder / "y.npy"))}, {"": tensor})


def pt(folder):
    """Views, transposes, expansions and shared storages, in nested containers."""
    want, saved = {}, {}
    for dtype in DTYPES:
        base, name = random_tensor(dtype, (6, 5, 4)), str(dtype)[6:]
        views = {"whole": base, "part": base[2:4, 1:, ::2], "turned": base.permute(2, 0, 1),
                 "row": base[3], "scalar": base[1, 2, 3], "empty": base[:0], "wide": base[:, :1].expand(6, 3, 4)}
        saved[name] = {"dict": views, "list": [base[0], (base[1], 3)]}
        want |= {f"{name}.dict.{k}": v for k, v in views.items()}
        want |= {f"{name}.list.0": base[0], f"{name}.list.1.0": base[1]}
    torch.save(saved, folder / "views.pt")
    run("tensor-convert", folder / "views.pt", "-o", folder / "views.safetensors")
    same("pt PyTorch, here", load_file(folder / "views.safetensors"), want)


def casts(folder):
    values = torch.cat([random_tensor(torch.float32, (20000,)), torch.randn(20000), 400 * torch.randn(20000)])
    values = values[values.isfinite()]
    for source in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
        x = values.to(source)
        x = x[x.isfinite()].contiguous()
        save_file({"x": x}, folder / "x.safetensors")
        for target in (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn,
                       torch.float8_e5m2):
            name, most = str(target)[6:], torch.finfo(target).max
            run("tensor-convert", folder / "x.safetensors", "--cast", name, "--saturate", "--force", "-o",
                folder / "y.safetensors")
            want = x.double().clamp(-most, most).to(source if source == torch.float64 else torch.float32).to(target)
            want = torch.where(want.double().isinf(), torch.full_like(want, 0).double() + want.double().sign() * most,
                               want.double()).to(target)
            same(f"cast {source} to {target}", load_file(folder / "y.safetensors"), {"x": want})


def slices(folder):
    array = random.standard_normal((11, 7, 5)).astype(np.float32)
    np.save(folder / "x.npy", array)
    for _ in range(40):
        ranges = []
        for size in array.shape[: random.integers(1, 4)]:
            a, b = random.integers(-size - 2, size + 3, 2)
            ranges.append(":".join([str(a) if random.random() < 0.7 else "", str(b) if random.random() < 0.7 else "",
                                    str(random.integers(1, 4))]))
        text = ",".join(ranges)
        run("tensor-convert", folder / "x.npy", f"--slice={text}", "--force", "-o", folder / "y.npy")
        check("slice", np.array_equal(np.load(folder / "y.npy"), eval(f"array[{text}]")), text)


def statistics(folder):
    for dtype in DTYPES:
        x = random_tensor(dtype, (50000,))
        if dtype == torch.float64:  # squares are summed in float64
            x = torch.where(x.isfinite() & (x.abs() > 1e150), 1.5, x)
        save_file({"x": x}, folder / "x.safetensors")
        got = json.loads(run("tensor-info", "--stats", "--json", folder / "x.safetensors").stdout)["tensors"][0]
        values = x.numpy() if dtype in (torch.uint64, torch.int64) else x.double().numpy()
        finite = values[np.isfinite(values)].astype(np.longdouble)
        check("nans", got["nans"] == np.isnan(values).sum() and got["infinities"] == np.isinf(values).sum())
        check("zeros", got["zeros"] == (values == 0).sum())
        check("range", got["min"] == float(finite.min()) and got["max"] == float(finite.max()), str(dtype))
        scale = np.abs(finite).max() or np.longdouble(1)
        rms = float(np.sqrt(np.mean((finite / scale) ** 2)) * scale)
        check("rms", abs(got["rms"] - rms) <= 1e-13 * rms, f"{dtype}: {got['rms']} {rms}")


def verdicts(folder):
    for _ in range(60):
        a = random.standard_normal(100)
        b = a + random.standard_normal(100) * 10.0 ** random.integers(-9, -2)
        rel, abs_ = 10.0 ** random.integers(-9, -2), 10.0 ** random.integers(-9, -2)
        np.save(folder / "a.npy", a)
        np.save(folder / "b.npy", b)
        done = run("tensor-diff", "--abs", repr(float(abs_)), "--rel", repr(float(rel)), folder / "a.npy", folder / "b.npy",
                   codes=(0, 1))
        check("verdict", (done.returncode == 0) == np.allclose(a, b, rtol=rel, atol=abs_))


torch.manual_seed(arguments.seed)
for family in (formats, npy, pt, casts, slices, statistics, verdicts):
    with tempfile.TemporaryDirectory() as name:
        family(Path(name))
for what, count in checks.items():
    print(f"{count:6} {what}")
print(f"tensors: all equal, seed {arguments.seed}; torch {torch.__version__}, NumPy {np.__version__}")
