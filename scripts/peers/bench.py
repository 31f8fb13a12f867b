"""Arguments of scripts/bench, and which bench they ask for."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import networks
from measure import Failure

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


def parse():
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="Prints a table for docs/benchmarks.md of what build/bin (or $BUILD/bin) reaches.")
    commands = parser.add_subparsers(dest="what", required=True, metavar="COMMAND")

    def command(name, text, **peers):
        added = commands.add_parser(name, help=text, description=text.capitalize() + ".")
        added.add_argument("--peers", metavar="VENV", type=environment, help=VENV, **peers)
        added.add_argument("--folder", type=existing, help="for the large files that are made, and found there again "
                           "(default: a temporary one)")
        return added

    def network(name, text, programs, dtypes, compiled):
        added = command(name, text)
        added.set_defaults(programs=programs)
        added.add_argument("--network", choices=list(networks.BENCHES), default="digits", help="default: the built-in model's")
        added.add_argument("--dtype", choices=dtypes, default="float32", help="of ours; PyTorch's is float32 or bfloat16")
        added.add_argument("--threads", type=whole, default=os.cpu_count(), help="of both sides (default: one a processor)")
        added.add_argument("--images", type=whole, help="in each run (default: by network, %s)" % ", ".join(
            f"{key} {bench.images if name == 'sample' else bench.trained}" for key, bench in networks.BENCHES.items()))
        added.add_argument("--pairs", type=whole, help="of runs with each peer (default: by network, 3 or 5)")
        added.add_argument("--variants", type=variants, default=compiled,
                           help=f"beside eager: of {','.join(VARIANTS)}, or none (default: {','.join(compiled)})")
        return added

    sample = network("sample", "sample: Euler steps of a UNet", ["sample"], ["float32", "bfloat16", "bf16x3"], list(VARIANTS))
    sample.add_argument("--model", type=existing, help="checkpoint to draw from, instead of a --network")
    network("train", "diffusion-train: steps of training a UNet, on images made up for it", ["sample", "diffusion-train"],
            ["float32", "bfloat16"], ["compile"]).set_defaults(model=None)
    tensors = command("tensors", "tensor-convert, tensor-info and tensor-diff on a file of --bytes, made in --folder unless it "
                      "holds big.safetensors already; three times as much must fit there", required=True)
    tensors.set_defaults(programs=["tensor-convert", "tensor-info", "tensor-diff"])
    tensors.add_argument("--bytes", type=float, default=10e9, help="default: 10e9")
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
            if args.what == "tensors":
                import tensors as bench
            else:
                import bench_unet as bench
            bench.measure(args, Path(temporary))
    except Failure as why:
        sys.exit(f"bench: {why}")


if __name__ == "__main__":
    main()
