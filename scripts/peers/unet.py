"""The UNet of lib/arch in PyTorch, as its users write it: nn.Module, channels-last; and how one draws from it.

Loads checkpoints of ours, and does the same arithmetic: EDM preconditioning, Euler steps with a float64 state.
Needs torch and safetensors.
"""

import json

import torch
from safetensors import safe_open
from torch import nn
from torch.nn import functional as F


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
    """Modules are named as the checkpoint's tensors are, but for RENAMED."""

    def __init__(self, config):
        super().__init__()
        channels, height = config["shape"][0], config["shape"][1]
        widths = [config["channels"] * m for m in config["multipliers"]]
        blocks, head = range(config["blocks"]), config["head_channels"]
        self.frequencies, self.classes = config["channels"], config["classes"]
        emb = 4 * self.frequencies
        self.emb = nn.ModuleDict({"0": nn.Linear(self.frequencies, emb), "1": nn.Linear(emb, emb)})
        if self.classes:
            self.labels = nn.Embedding(self.classes + 1, emb)  # the last row stands for no label
        self.first = conv(channels, widths[0], 3)

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

    @property
    def dtype(self):
        return self.first.weight.dtype

    def forward(self, x, c_noise, labels):
        frequencies = positional(c_noise, self.frequencies).to(x.dtype)
        emb = self.emb["1"](F.silu(self.emb["0"](frequencies)))
        if self.classes:
            emb = emb + self.labels(torch.where(labels < 0, self.classes, labels))
        emb = F.silu(emb)
        h, skips = self.first(x), []
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


RENAMED = {"in.": "first.", "emb.class.": "labels."}  # torch.compile takes no keywords of Python for names


def module_name(tensor):
    for ours, theirs in RENAMED.items():
        if tensor.startswith(ours):
            return theirs + tensor[len(ours):]
    return tensor


def tensor_name(parameter):
    for ours, theirs in RENAMED.items():
        if parameter.startswith(theirs):
            return ours + parameter[len(theirs):]
    return parameter


def load(path, dtype=torch.float32):
    """A checkpoint's network and its config."""
    with safe_open(path, "pt") as file:
        config = json.loads(file.metadata()["athanor.config"])
        with torch.device("meta"):
            network = UNet(config["network"])
        weights = {module_name(name): file.get_tensor(name).to(dtype) for name in file.keys()}
        network.load_state_dict(weights, assign=True)
    return network.to(memory_format=torch.channels_last), config


def preconditioning(sigma, sigma_data):
    """c_skip, c_out, c_in, c_noise for a float64 tensor of noise levels."""
    norm = torch.hypot(sigma, torch.tensor(sigma_data, dtype=torch.float64))
    return (sigma_data / norm) ** 2, sigma * sigma_data / norm, 1 / norm, sigma.log() / 4


def denoise(network, config, x, sigma, labels):
    c_skip, c_out, c_in, c_noise = preconditioning(torch.tensor([sigma], dtype=torch.float64), config["sigma_data"])
    scaled = (c_in * x).to(network.dtype).contiguous(memory_format=torch.channels_last)
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
