#!/usr/bin/env python3
"""Times tensor-convert, tensor-info and tensor-diff beside cp, a plain read, and Python's safetensors, torch and NumPy.

What scripts/bench tensors does. Everything that writes is timed until its bytes are on disk; each command runs in a process
of its own, whose peak memory the kernel tells.

usage: tensors.py FILE BYTES    (makes the file to work on; needs numpy, all else only Python)
"""
import json
import os
import statistics
import struct
import sys
import time
from pathlib import Path

from measure import median, peer_script, print_table, run, spread

REPEATS = 3
TASKS = {
    "copy": "from safetensors.torch import load_file, save_file\nsave_file(load_file(sys.argv[2]), sys.argv[3])",
    "pt": "import torch\nfrom safetensors.torch import load_file\ntorch.save(load_file(sys.argv[2]), sys.argv[3])",
    "npz": "import numpy as np\nfrom safetensors.numpy import load_file\nnp.savez(open(sys.argv[3], 'wb'), **load_file(sys.argv[2]))",
    "half": "from safetensors.torch import load_file, save_file\n"
            "save_file({k: v.half() for k, v in load_file(sys.argv[2]).items()}, sys.argv[3])",
    "back": "import torch\nfrom safetensors.torch import save_file\n"
            "save_file(torch.load(sys.argv[2], mmap=True, weights_only=True), sys.argv[3])",
    "stats": "import torch\nfrom safetensors import safe_open\n"
             "with safe_open(sys.argv[2], 'pt') as f:\n"
             "    for k in f.keys():\n"
             "        t = f.get_tensor(k)\n"
             "        float(t.norm()), float(t.min()), float(t.max()), int((t == 0).sum()), int(t.isnan().sum()), int(t.isinf().sum())",
    "list": "from safetensors import safe_open\n"
            "with safe_open(sys.argv[2], 'pt') as f:\n    [f.get_slice(k).get_shape() for k in f.keys()]",
}


def make_file(path, size):
    """A checkpoint of float32 matrices of 64 MiB with normal entries."""
    import numpy as np

    base = (np.random.default_rng(0).standard_normal(1 << 24, dtype=np.float32) * 0.02)
    count = max(1, size // base.nbytes)
    header = {"__metadata__": {"format": "pt"}}
    for i in range(count):
        header[f"layers.{i:03d}.weight"] = {"dtype": "F32", "shape": [4096, 4096],
                                            "data_offsets": [i * base.nbytes, (i + 1) * base.nbytes]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for i in range(count):
            file.write(np.roll(base, 1001 * i).tobytes())
        os.fsync(file.fileno())


def writing(command, target):
    """The same until the bytes are on disk, where the command itself does not wait for them."""
    target.unlink(missing_ok=True)
    seconds, peak = run(command)
    start = time.perf_counter()
    with open(target, "rb") as file:
        os.fsync(file.fileno())
    return seconds + time.perf_counter() - start, peak


def peer(python, task, *files):
    return [python, "-c", "import sys\n" + TASKS[task], task, *files]


def rows_of(name, unit, runs, rows, repeats=REPEATS):
    """Runs the commands of a line in turn, `repeats` times; the first is ours."""
    results = [[run_() for _, run_ in runs] for _ in range(repeats)]
    for i, (who, _) in enumerate(runs):
        seconds = [r[i][0] for r in results]
        ratios = [r[0][0] / r[i][0] for r in results]
        value = f"{unit / statistics.median(seconds) / 1e9:.2f} GB/s" if unit else f"{statistics.median(seconds) * 1000:.0f} ms"
        rows.append((name if i == 0 else "", who, median(seconds) if unit else "", spread(seconds), value,
                     f"{max(r[i][1] for r in results):.0f}", "" if i == 0 else median(ratios)))


def measure(args, temporary):
    big, out, pt = ((args.folder or temporary) / name for name in ("big.safetensors", "out", "big.pt"))
    if not big.exists():
        run(peer_script(args.peers, "tensors.py", big, int(args.bytes)))
    size = big.stat().st_size
    convert, info, diff = (args.bin / name for name in ("tensor-convert", "tensor-info", "tensor-diff"))
    rows = []

    def line(name, ours, task, source=big):
        runs = [("tensor-convert", lambda: writing([convert, "--force", source, *ours, "-o", out], out)),
                ("cp --reflink=never", lambda: writing(["cp", "--reflink=never", source, out], out)),
                ("Python", lambda: writing(peer(args.peers, task, source, out), out))]
        rows_of(name, size, runs, rows)

    line("safetensors to safetensors", ["--format", "safetensors"], "copy")
    line("safetensors to .pt", ["--format", "pt"], "pt")
    os.replace(out, pt)
    line(".pt to safetensors", ["--format", "safetensors"], "back", pt)
    pt.unlink()
    line("safetensors to .npz", ["--format", "npz"], "npz")
    line("float32 to float16", ["--cast", "float16"], "half")
    run(["cp", "--reflink=never", big, out])
    rows_of("statistics of all tensors", size,
            [("tensor-info --stats", lambda: run([info, "--stats", big])),
             ("cat to /dev/null", lambda: run(["sh", "-c", f"cat '{big}' | cat > /dev/null"])),
             ("dd, 1 MiB blocks", lambda: run(["dd", f"if={big}", "of=/dev/null", "bs=1M", "status=none"])),
             ("Python", lambda: run(peer(args.peers, "stats", big)))], rows)
    rows_of("equal files compared", 2 * size,
            [("tensor-diff", lambda: run([diff, big, out])), ("cmp", lambda: run(["cmp", big, out]))], rows)
    out.unlink()
    rows_of("names and shapes alone", 0, [("tensor-info", lambda: run([info, big])),
                                          ("Python", lambda: run(peer(args.peers, "list", big)))], rows, 5)
    print(f"{size / 1e9:.1f} GB, {REPEATS} runs of each in turn, until the bytes are on disk; "
          f"{os.cpu_count()} processors\n")
    print_table(["<work", "<program", "seconds", "lowest to highest", "rate", "peak MiB", "ours over it, in time"], rows)


if __name__ == "__main__":
    make_file(Path(sys.argv[1]), int(sys.argv[2]))
