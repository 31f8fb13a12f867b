#!/usr/bin/env python3
"""The process of PyTorch that scripts/bench times beside our attention: scaled_dot_product_attention.

usage: attention_peer.py [OPTIONS]    (--help says which)
Writes the input for both, then answers as serve.py says: to 0 with the difference of our output from its own in float32, to
more with the time of so many runs. Needs torch and numpy.
"""

import argparse
from pathlib import Path

import numpy
import torch
from torch.nn import functional as F

import serve


def difference(file, reference):
    """Largest and root mean square of our output [N,C,H,W] beside [N,heads,tokens,d]."""
    n, heads, tokens, size = reference.shape
    ours = torch.from_numpy(numpy.load(file)).reshape(n, heads, size, tokens).transpose(2, 3)
    error = (ours - reference).abs()
    return {"largest": error.max().item(), "rms": error.square().mean().sqrt().item()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--shape", required=True, help="N,HEADS,D,H,W")
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32", help="of PyTorch")
    parser.add_argument("--input", type=Path, required=True, help="to write: [N,3*HEADS*D,H,W]")
    parser.add_argument("--output", type=Path, required=True, help="ours, to compare")
    args = parser.parse_args()
    answer = serve.take_stdout()
    torch.set_num_threads(args.threads)
    n, heads, size, height, width = map(int, args.shape.split(","))
    normals = torch.randn(n, 3 * heads * size, height, width, generator=torch.Generator().manual_seed(0))
    numpy.save(args.input, normals.numpy())
    parts = normals.reshape(n, 3, heads, size, height * width).permute(1, 0, 2, 4, 3)
    q, k, v = (part.contiguous() for part in parts)  # [N,heads,tokens,d], as it likes them best
    del normals, parts
    short = [part.to(getattr(torch, args.dtype)) for part in (q, k, v)]

    def work(repeats):
        for _ in range(repeats):
            F.scaled_dot_product_attention(*short)
        if repeats:
            return {}
        exact = F.scaled_dot_product_attention(q, k, v)
        theirs = (F.scaled_dot_product_attention(*short).float() - exact).abs().max().item()
        return {**difference(args.output, exact), "theirs": theirs}

    with torch.inference_mode():
        work(1)
        serve.serve(answer, {}, work)


if __name__ == "__main__":
    main()
