"""Arguments of scripts/bench, and which bench they ask for."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import bench_attention
import bench_frechet
import bench_unet
import networks
import tensors
from measure import Failure

BENCHES = {"sample": bench_unet, "train": bench_unet, "attention": bench_attention, "frechet": bench_frechet,
           "tensors": tensors}

VENV = ("Python environment with PyTorch: to compare with and to time in turn; to make one: python3 -m venv VENV && "
        "VENV/bin/pip install torch numpy safetensors")
VARIANTS = ("compile", "freezing", "max-autotune")


def whole(text):
    """A whole number from 1."""
    if not text.isdecimal() or not 1 <= int(text) <= 9999999:
        raise argparse.ArgumentTypeError(f"a whole number from 1, not '{text}'")
    return int(text)


def existing(text):
    """A file or folder, as seen from where bench was called."""
    path = Path(text).resolve()
    if not path.exists():
        raise argparse.ArgumentTypeError(f"{text} does not exist")
    return path


def environment(text):
    python = Path(os.path.abspath(text), "bin", "python")
    if not os.access(python, os.X_OK):
        raise argparse.ArgumentTypeError(f"{text} is no Python environment: it has no bin/python")
    return python


def variants(text):
    names = [name for name in text.split(",") if name != "none"]
    for name in names:
        if name not in VARIANTS:
            raise argparse.ArgumentTypeError(f"'{name}' is none of {', '.join(VARIANTS)} and none")
    return names


def token_counts(text):
    """Powers of two, of which images are made."""
    counts = [whole(count) for count in text.split(",")]
    for count in counts:
        if count & (count - 1) or count > 1 << 20:
            raise argparse.ArgumentTypeError(f"powers of two up to 1048576, not {count}")
    return counts


def parse():
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="Prints a table for docs/benchmarks.md of what build/bin (or $BUILD/bin) reaches.")
    commands = parser.add_subparsers(dest="what", required=True, metavar="COMMAND")

    def command(name, text, programs, **peers):
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(programs=programs)
        added.add_argument("--peers", metavar="VENV", type=environment, help=VENV, **peers)
        return added

    def foldered(added):
        added.add_argument("--folder", metavar="DIR", type=existing,
                           help="for the large files that are made, and found there again (default: a temporary one)")

    def threaded(added):
        added.add_argument("--threads", metavar="N", type=whole, default=os.cpu_count(),
                           help="of both sides (default: one a processor)")
        added.add_argument("--pairs", metavar="N", type=whole, help="of runs with each peer (default: 5, and 3 for sd15)")

    def timed(added, dtypes):
        added.add_argument("--dtype", choices=dtypes, default="float32", help="of ours; PyTorch's is float32 or bfloat16")
        threaded(added)

    def network(name, text, programs, dtypes, compiled):
        added = command(name, text, programs)
        foldered(added)
        timed(added, dtypes)
        added.add_argument("--network", choices=list(networks.BENCHES), default="digits", help="default: the built-in model's")
        added.add_argument("--images", metavar="N", type=whole, help="in each run (default: by network, %s)" % ", ".join(
            f"{key} {bench.images if name == 'sample' else bench.trained}" for key, bench in networks.BENCHES.items()))
        added.add_argument("--variants", metavar="LIST", type=variants, default=compiled,
                           help=f"beside eager: of {','.join(VARIANTS)}, or none (default: {','.join(compiled)})")
        return added

    ours = ["float32", "bfloat16", "bf16x3"]
    sample = network("sample", "Euler steps of a UNet by sample", ["sample"], ours, list(VARIANTS))
    sample.add_argument("--model", metavar="FILE", type=existing, help="checkpoint to draw from, instead of a --network")
    network("train", "steps of training a UNet by diffusion-train, on images made up for it", ["sample", "diffusion-train"],
            ["float32", "bfloat16"], ["compile"]).set_defaults(model=None)
    attention = command("attention", "the engine's attention, by itself", ["bench-attention"], required=True)
    timed(attention, ours)
    attention.add_argument("--tokens", metavar="LIST", type=token_counts, default=[1024, 4096, 16384],
                           help="default: 1024,4096,16384")
    frechet = command("frechet", "the Fréchet distance of given features by compare-samples beside pytorch-fid, which VENV must "
                      "hold; 1.4 GB are written to a temporary folder", ["compare-samples"], required=True)
    threaded(frechet)
    tensors = command("tensors", "tensor-convert, tensor-info and tensor-diff on a file of --bytes, made in --folder unless it "
                      "holds big.safetensors already; three times as much must fit there",
                      ["tensor-convert", "tensor-info", "tensor-diff"], required=True)
    foldered(tensors)
    tensors.add_argument("--bytes", metavar="N", type=float, default=10e9, help="default: 10e9")
    return parser.parse_args()


def main():
    args = parse()
    os.chdir(Path(__file__).resolve().parents[2])
    args.bin = Path(os.environ.get("BUILD", "build"), "bin")
    for program in args.programs:
        if not os.access(args.bin / program, os.X_OK):
            print(f"bench: {args.bin / program} is missing: run scripts/build", file=sys.stderr)
            sys.exit(2)
    try:
        with tempfile.TemporaryDirectory() as temporary:
            BENCHES[args.what].measure(args, Path(temporary))
    except Failure as why:
        sys.exit(f"bench: {why}")


if __name__ == "__main__":
    main()
