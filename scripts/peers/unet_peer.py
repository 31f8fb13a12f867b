#!/usr/bin/env python3
"""The process of PyTorch that scripts/bench times beside sample and diffusion-train.

usage: unet_peer.py compare|sample|train|limit [OPTIONS]    (--help says which)
compare and limit print one line of JSON; sample and train answer as serve.py says. Needs torch, numpy and safetensors.
"""

import argparse
import contextlib
import json
import math
import subprocess
import tempfile
import time
from pathlib import Path

import torch
from safetensors import safe_open
from torch import nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

import networks
import serve
from unet import conv, euler, load, preconditioning


def dealt_labels(config, first, count):
    classes = config["network"]["classes"]
    return torch.arange(first, first + count) % classes if classes else None


def autocast(args):
    return torch.autocast("cpu", torch.bfloat16) if args.precision == "autocast" else contextlib.nullcontext()


def prepare(network, variant):
    """The network as torch.compile makes it, or as it is."""
    if variant == "eager":
        return network
    if variant == "freezing":
        from torch._inductor import config

        config.freezing = True
    return torch.compile(network, mode="max-autotune-no-cudagraphs" if variant == "max-autotune" else None)


def instructions(variant):
    return {} if variant == "eager" else {"vectors": serve.vectors()}


def our_images(args, noise, folder, count, steps):
    """What our program draws from the same noise, before anything is clamped to [-1, 1]."""
    states = Path(folder, "states.safetensors")
    command = [args.sample, "-q", "--force", "-m", args.model, "-n", count, "--cfg", 1, "--solver", "euler", "--steps", steps]
    command += ["--threads", args.threads, "--noise", noise, "--trajectory", states]
    command += [] if args.dtype == "float32" else ["--dtype", args.dtype]
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)
    with safe_open(states, "pt") as file:
        return file.get_tensor("trajectory")[-1]


def difference(images, reference):
    errors = torch.cat([(mine - theirs).flatten() for mine, theirs in zip(images, reference)]).double()
    return {"largest": errors.abs().max().item(), "rms": errors.square().mean().sqrt().item()}


def compare(args):
    """Ours, and PyTorch's in bfloat16, beside PyTorch's in float32, all from the same noise."""
    import numpy

    count, all_steps = args.images, [int(steps) for steps in args.compared_steps.split(",")]
    shape = networks.config_of(args.checkpoint)["network"]["shape"]
    normals = torch.randn(count, *shape, generator=torch.Generator().manual_seed(1))
    with tempfile.TemporaryDirectory() as folder:  # ours first: two large networks may not fit side by side
        noise = Path(folder, "noise.npy")
        numpy.save(noise, normals.numpy())
        ours = [our_images(args, noise, folder, count, steps) for steps in all_steps]

    @torch.inference_mode()
    def draw(dtype, context):
        network, config = load(args.checkpoint, dtype)
        with context:
            return [euler(network, config, normals.double(), dealt_labels(config, 0, count), n).float() for n in all_steps]

    reference = draw(torch.float32, contextlib.nullcontext())
    result = {"ours": difference(ours, reference), "largest_value": max(x.abs().max().item() for x in reference)}
    if args.dtype != "float32":
        result["bfloat16"] = difference(draw(torch.bfloat16, contextlib.nullcontext()), reference)
        result["autocast"] = difference(draw(torch.float32, torch.autocast("cpu", torch.bfloat16)), reference)
    return result


def sample(args, answer):
    network, config = load(args.checkpoint, torch.bfloat16 if args.precision == "bfloat16" else torch.float32)
    network = prepare(network.eval(), args.variant)
    shape = config["network"]["shape"]

    def draw(count, steps):
        for first in range(0, count, args.batch):
            normals = torch.randn(args.batch, *shape, dtype=torch.float64)
            euler(network, config, normals, dealt_labels(config, first, args.batch), steps).float()

    with torch.no_grad(), autocast(args):
        draw(args.batch, 1)
        first = time.perf_counter()
        draw(args.batch, 1)
        seconds = time.perf_counter() - first
        serve.serve(answer, {"evaluation": seconds, **instructions(args.variant)}, lambda count: draw(count, args.steps))


def train(args, answer):
    network, config = load(args.checkpoint)
    shape, classes = config["network"]["shape"], config["network"]["classes"]
    data, labels = torch.rand(256, *shape) * 2 - 1, dealt_labels(config, 0, 256)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, betas=(0.9, 0.99), weight_decay=0, fused=True)
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(math.exp2(-args.batch / 10000)))
    compiled = prepare(network, args.variant)

    def step():
        rows = torch.randint(len(data), (args.batch,))
        given = torch.where(torch.rand(args.batch) < 0.1, -1, labels[rows]) if classes else None
        sigma = (1.2 * torch.randn(args.batch, dtype=torch.float64) - 1.2).exp()
        c_skip, c_out, c_in, c_noise = preconditioning(sigma, config["sigma_data"])
        c_skip, c_out, c_in, spread = (c.float()[:, None, None, None] for c in (c_skip, c_out, c_in, sigma))
        clean = data[rows]
        noisy = clean + spread * torch.randn_like(clean)
        target = (clean - c_skip * noisy) / c_out
        scaled = (c_in * noisy).contiguous(memory_format=torch.channels_last)
        with autocast(args):
            predicted = compiled(scaled, c_noise.float(), given)
        loss = F.mse_loss(predicted.float(), target)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0, foreach=True)
        optimizer.step()
        average.update_parameters(network)
        return loss.item()

    def steps(count):
        for _ in range(0, count, args.batch):
            step()

    step()
    first = time.perf_counter()
    step()
    ready = {"evaluation": time.perf_counter() - first, **instructions(args.variant)}
    serve.serve(answer, ready, steps)


def limit(args):
    """The fastest of some 3x3 convolutions: what this machine, with so many threads, can give in a type."""
    best = 0.0
    dtype = getattr(torch, args.dtype)
    for channels, size, batch in ((64, 28, 64), (128, 28, 32), (256, 14, 32), (256, 28, 16), (512, 14, 32)):
        module = conv(channels, channels, 3).to(dtype=dtype, memory_format=torch.channels_last)
        x = torch.randn(batch, channels, size, size, dtype=dtype).contiguous(memory_format=torch.channels_last)
        with torch.inference_mode():
            seconds = serve.fastest(lambda: module(x))
        best = max(best, 2 * 9 * channels**2 * size**2 * batch / seconds / 1e9)
    return {"gflops": best}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("what", choices=["compare", "sample", "train", "limit"])
    parser.add_argument("--checkpoint", help="safetensors file of a UNet")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--variant", choices=["eager", "compile", "max-autotune", "freezing"], default="eager")
    parser.add_argument("--precision", choices=["float32", "bfloat16", "autocast"], default="float32", help="of PyTorch")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--steps", type=int, default=10, help="Euler steps")
    parser.add_argument("--dtype", default="float32", help="compare: of ours; limit: of the convolutions")
    parser.add_argument("--images", type=int, default=8, help="compare: how many")
    parser.add_argument("--compared-steps", default="1", help="compare: numbers of Euler steps")
    parser.add_argument("--sample", help="compare: our program")
    parser.add_argument("--model", help="compare: what our program calls the same checkpoint")
    args = parser.parse_args()
    answer = serve.take_stdout()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    if args.what in ("compare", "limit"):
        answer({"compare": compare, "limit": limit}[args.what](args))
    else:
        {"sample": sample, "train": train}[args.what](args, answer)


if __name__ == "__main__":
    main()
