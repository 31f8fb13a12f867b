#!/usr/bin/env python3
"""The UNet of lib/arch in PyTorch, as its users write it: nn.Module, eager, channels-last, float32.

Loads a checkpoint of ours, shows that it computes the same, and is timed beside our tools by scripts/bench, in the
same run and with the same arithmetic: EDM preconditioning, Euler steps with a float64 state; EDM's loss, AdamW,
clipping, averaged weights.

usage: unet.py compare|sample|train|limit [OPTIONS]    (--help says which)
Prints one line of JSON. Needs torch, numpy and safetensors.
"""

import argparse
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


def conv(channels, out, kernel, stride=1):
    return nn.Conv2d(channels, out, kernel, stride, padding=(kernel - 1) // 2)


def group_norm(channels):
    groups = max(1, min(32, channels // 4))
    while channels % groups:
        groups -= 1
    return nn.GroupNorm(groups, channels, eps=1e-5)


def positional(value, dim):
    half = dim // 2
    exponents = torch.arange(half, dtype=torch.float64) / (half - 1)
    angle = torch.outer(value, torch.pow(10000.0, -exponents).float())
    return torch.cat([angle.cos(), angle.sin()], dim=1)


class Attention(nn.Module):
    def __init__(self, channels, head_channels):
        super().__init__()
        self.heads = max(1, channels // head_channels)
        self.norm = group_norm(channels)
        self.qkv = conv(channels, 3 * channels, 1)
        self.proj = conv(channels, channels, 1)

    def forward(self, x):
        n, c, h, w = x.shape
        qkv = self.qkv(self.norm(x)).permute(0, 2, 3, 1).reshape(n, h * w, 3, self.heads, c // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # each [N,heads,tokens,d]
        mixed = F.scaled_dot_product_attention(q, k, v)
        return x + self.proj(mixed.permute(0, 2, 1, 3).reshape(n, h, w, c).permute(0, 3, 1, 2))


class Block(nn.Module):
    """A residual block, followed by attention where head_channels is given."""

    def __init__(self, channels, out, emb, head_channels=None):
        super().__init__()
        self.norm1, self.conv1 = group_norm(channels), conv(channels, out, 3)
        self.norm2, self.conv2 = group_norm(out), conv(out, out, 3)
        self.emb = nn.Linear(emb, 2 * out)
        self.shortcut = conv(channels, out, 1) if channels != out else nn.Identity()
        self.attn = Attention(out, head_channels) if head_channels else nn.Identity()

    def forward(self, x, emb):
        h = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.emb(emb)[:, :, None, None].chunk(2, dim=1)
        h = torch.addcmul(shift, self.norm2(h), scale + 1)
        return self.attn(self.shortcut(x) + self.conv2(F.silu(h)))


class UNet(nn.Module):
    """Modules are named as the checkpoint's tensors are."""

    def __init__(self, config):
        super().__init__()
        channels, height = config["shape"][0], config["shape"][1]
        widths = [config["channels"] * m for m in config["multipliers"]]
        blocks, head = range(config["blocks"]), config["head_channels"]
        self.frequencies, self.classes = config["channels"], config["classes"]
        emb = 4 * self.frequencies
        self.emb = nn.ModuleDict({"0": nn.Linear(self.frequencies, emb), "1": nn.Linear(emb, emb)})
        if self.classes:
            self.emb["class"] = nn.Embedding(self.classes + 1, emb)  # the last row stands for no label
        self.add_module("in", conv(channels, widths[0], 3))

        self.down, self.up, skips, c = nn.ModuleDict(), nn.ModuleDict(), [], widths[0]
        attends = [head if height >> level in config["attention"] else None for level in range(len(widths))]
        for level, width in enumerate(widths):
            self.down[str(level)] = modules = nn.ModuleDict()
            for b in blocks:
                modules[str(b)] = Block(c, width, emb, attends[level])
                c = width
                skips.append(c)
            if level + 1 < len(widths):
                c = widths[level + 1]
                modules["downsample"] = conv(width, c, 3, stride=2)
        self.mid = nn.ModuleDict({"0": Block(c, c, emb), "attn": Attention(c, head), "1": Block(c, c, emb)})
        for level, width in reversed(list(enumerate(widths))):
            self.up[str(level)] = modules = nn.ModuleDict()
            for b in blocks:
                modules[str(b)] = Block(c + skips.pop(), width, emb, attends[level])
                c = width
            if level > 0:
                c = widths[level - 1]
                modules["upsample"] = conv(width, c, 3)
        self.out = nn.ModuleDict({"norm": group_norm(c), "conv": conv(c, channels, 3)})

    def forward(self, x, c_noise, labels):
        emb = self.emb["1"](F.silu(self.emb["0"](positional(c_noise, self.frequencies))))
        if self.classes:
            emb = emb + self.emb["class"](torch.where(labels < 0, self.classes, labels))
        emb = F.silu(emb)
        h, skips = self.get_submodule("in")(x), []
        for level in self.down.values():
            for name, module in level.items():
                if name == "downsample":
                    h = module(h)
                else:
                    h = module(h, emb)
                    skips.append(h)
        h = self.mid["1"](self.mid["attn"](self.mid["0"](h, emb)), emb)
        for level in self.up.values():
            for name, module in level.items():
                if name == "upsample":
                    h = module(F.interpolate(h, scale_factor=2, mode="nearest"))
                else:
                    h = module(torch.cat([h, skips.pop()], dim=1), emb)
        return self.out["conv"](F.silu(self.out["norm"](h)))


def load(path):
    """A checkpoint's network, in float32, and its config."""
    with safe_open(path, "pt") as file:
        config = json.loads(file.metadata()["athanor.config"])
        weights = {name: file.get_tensor(name).float() for name in file.keys()}
    network = UNet(config["network"])
    network.load_state_dict(weights)
    return network.to(memory_format=torch.channels_last), config


def preconditioning(sigma, sigma_data):
    """c_skip, c_out, c_in, c_noise for a float64 tensor of noise levels."""
    norm = torch.hypot(sigma, torch.tensor(sigma_data, dtype=torch.float64))
    return (sigma_data / norm) ** 2, sigma * sigma_data / norm, 1 / norm, sigma.log() / 4


def denoise(network, config, x, sigma, labels):
    c_skip, c_out, c_in, c_noise = preconditioning(torch.tensor([sigma], dtype=torch.float64), config["sigma_data"])
    scaled = (c_in * x).float().contiguous(memory_format=torch.channels_last)
    return c_skip * x + c_out * network(scaled, c_noise.float().expand(len(x)), labels).double()


def levels(config, steps, rho=7):
    """EDM's noise levels and the 0 at their end."""
    a, b = config["sigma_max"] ** (1 / rho), config["sigma_min"] ** (1 / rho)
    inner = [(a + i / (steps - 1) * (b - a)) ** rho for i in range(1, steps - 1)]
    ends = [config["sigma_max"]] if steps == 1 else [config["sigma_max"], *inner, config["sigma_min"]]
    return [*ends, 0.0]


def euler(network, config, normals, labels, steps):
    sigmas = levels(config, steps)
    x = sigmas[0] * normals
    for sigma, below in zip(sigmas, sigmas[1:]):
        clean = denoise(network, config, x, sigma, labels)
        x = clean if below == 0 else x + (x - clean) / sigma * (below - sigma)
    return x


def dealt_labels(config, first, count):
    classes = config["network"]["classes"]
    return torch.arange(first, first + count) % classes if classes else None


def compare(args):
    """Our images and PyTorch's from the same noise: the largest difference, before anything is clamped to [-1, 1]."""
    import numpy

    network, config = load(args.checkpoint)
    normals = torch.randn(8, *config["network"]["shape"], generator=torch.Generator().manual_seed(1))
    difference, largest = {}, 0.0
    with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
        noise, states = Path(folder, "noise.npy"), Path(folder, "states.safetensors")
        numpy.save(noise, normals.numpy())
        for steps in (1, 3, 10):
            command = [args.sample, "-q", "--force", "-m", args.model, "-n", 8, "--cfg", 1, "--solver", "euler", "--steps", steps]
            command += ["--threads", args.threads, "--noise", noise, "--trajectory", states]
            subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)
            with safe_open(states, "pt") as file:
                ours = file.get_tensor("trajectory")[-1]
            theirs = euler(network, config, normals.double(), dealt_labels(config, 0, 8), steps).float()
            difference[steps] = (ours - theirs).abs().max().item()
            largest = max(largest, theirs.abs().max().item())
    return {"largest_difference": max(difference.values()), "by_steps": difference, "largest_value": largest}


def timed(count, seconds):
    return {"images": count, "seconds": seconds, "images_per_second": count / seconds, "version": torch.__version__}


def sample(args):
    network, config = load(args.checkpoint)

    def draw(first, count):
        normals = torch.randn(count, *config["network"]["shape"], dtype=torch.float64)
        return euler(network, config, normals, dealt_labels(config, first, count), args.steps).float()

    with torch.inference_mode():
        draw(0, min(args.batch, args.images))  # warms up
        start = time.perf_counter()
        for first in range(0, args.images, args.batch):
            draw(first, min(args.batch, args.images - first))
        return timed(args.images, time.perf_counter() - start)


def train(args):
    network, config = load(args.checkpoint)
    shape, classes = config["network"]["shape"], config["network"]["classes"]
    data, labels = torch.rand(256, *shape) * 2 - 1, dealt_labels(config, 0, 256)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, betas=(0.9, 0.99), weight_decay=0, fused=True)
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(math.exp2(-args.batch / 10000)))

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
        loss = F.mse_loss(network(scaled, c_noise.float(), given), target)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0, foreach=True)
        optimizer.step()
        average.update_parameters(network)
        return loss.item()

    for _ in range(2):  # warms up
        step()
    steps = -(-args.images // args.batch)
    start = time.perf_counter()
    for _ in range(steps):
        step()
    return timed(steps * args.batch, time.perf_counter() - start)


def limit(args):
    """The fastest of some 3x3 convolutions: what this machine, with so many threads, can give to float32."""
    best, fastest = {}, 0.0
    for channels, size, batch in ((64, 28, 64), (128, 28, 32), (256, 14, 32), (256, 28, 16), (512, 14, 32)):
        module = conv(channels, channels, 3).to(memory_format=torch.channels_last)
        x = torch.randn(batch, channels, size, size).contiguous(memory_format=torch.channels_last)
        flops = 2 * 9 * channels**2 * size**2 * batch
        with torch.inference_mode():
            seconds = []
            while len(seconds) < 3 or (sum(seconds) < 0.5 and len(seconds) < 100):
                start = time.perf_counter()
                module(x)
                seconds.append(time.perf_counter() - start)
        gflops = flops / min(seconds) / 1e9
        if gflops > fastest:
            best, fastest = {"channels": channels, "size": size, "batch": batch}, gflops
    return {"gflops_per_second": fastest, **best}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("what", choices=["compare", "sample", "train", "limit"])
    parser.add_argument("--checkpoint", help="safetensors file of a UNet")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--images", type=int, default=512, help="to draw, or to train on, while the clock runs")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--steps", type=int, default=10, help="Euler steps")
    parser.add_argument("--sample", help="compare: our program")
    parser.add_argument("--model", help="compare: what our program calls the same checkpoint")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    todo = {"compare": compare, "sample": sample, "train": train, "limit": limit}
    print(json.dumps(todo[args.what](args)))


if __name__ == "__main__":
    main()
