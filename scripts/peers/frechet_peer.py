#!/usr/bin/env python3
"""The process of pytorch-fid that scripts/bench times beside compare-samples: its statistics of features and their distance.

usage: frechet_peer.py [OPTIONS] REFERENCE SAMPLES    (--help says which)
Writes both sets for both, then answers as serve.py says: reads them, takes their statistics and the distance. Needs torch,
numpy and pytorch-fid.
"""

import argparse
import importlib.metadata
from pathlib import Path

import numpy
import torch
from pytorch_fid.fid_score import calculate_frechet_distance

import serve


def own_memory():
    """MiB that this process holds now, apart from the files that it maps."""
    with open("/proc/self/status") as status:
        return sum(int(line.split()[1]) for line in status if line.startswith("RssAnon")) / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--values", type=int, required=True, help="of a row")
    parser.add_argument("sets", type=Path, nargs=2, help="to write")
    args = parser.parse_args()
    answer = serve.take_stdout()
    torch.set_num_threads(args.threads)
    random = numpy.random.default_rng(0)
    for mean, file in zip((0, 0.1), args.sets):
        rows = numpy.lib.format.open_memmap(file, "w+", numpy.float32, (args.rows, args.values))
        for begin in range(0, args.rows, 10_000):
            part = rows[begin:begin + 10_000]
            part[:] = random.standard_normal(part.shape, numpy.float32) + mean
        del rows

    def statistics(file):
        """What its calculate_activation_statistics does with the features."""
        features = numpy.load(file).astype(numpy.float64)
        return features.mean(axis=0), numpy.cov(features, rowvar=False), own_memory()

    def work(_):
        mean, covariance, own = statistics(args.sets[0])
        return {"distance": float(calculate_frechet_distance(mean, covariance, *statistics(args.sets[1])[:2])), "own": own}

    serve.serve(answer, {"version": importlib.metadata.version("pytorch-fid")}, work)


if __name__ == "__main__":
    main()
