"""Times sample and diffusion-train beside PyTorch: what scripts/bench sample and scripts/bench train do."""

import json
import re
import statistics

import networks
from measure import (Failure, Peer, PeerFailure, Side, ask, median, output_of, peer_script, print_table, processor, run,
                     run_stream, say, spread)

NAMES = {"eager": "eager", "compile": "torch.compile", "max-autotune": "torch.compile, max-autotune-no-cudagraphs",
         "freezing": "torch.compile, freezing"}
PRECISIONS = {"float32": "float32", "bfloat16": "model.to(bfloat16)", "autocast": "autocast to bfloat16"}
LONGEST = 60  # seconds of a peer's run: one that is much slower than ours works on fewer images


class Task:
    """A network, what is done with it, and how its two sides are called."""

    def __init__(self, args, folder):
        self.args, self.folder, self.what = args, folder, args.what
        bench = networks.BENCHES[args.network]
        self.checkpoint, self.model = networks.DIGITS, "digits"
        if args.model:
            self.checkpoint = self.model = args.model
        elif args.network != "digits":
            self.checkpoint = self.model = self.made((args.folder or folder) / f"{args.network}.safetensors")
        self.network = networks.config_of(self.checkpoint)["network"]
        self.bench, self.batch, self.steps = bench, bench.batch, bench.steps
        images = args.images or (bench.images if self.what == "sample" else bench.trained)
        self.batch = min(self.batch, images)
        self.images = -(-images // self.batch) * self.batch  # whole batches: another size would be planned anew
        self.pairs = args.pairs or bench.pairs
        self.read_plan()

    def made(self, path):
        if not path.exists():
            if not self.args.peers:
                raise Failure(f"{path} is missing, and --peers is needed to make it")
            say(f"making {path}")
            run(peer_script(self.args.peers, "networks.py", self.args.network, path))
        return path

    def read_plan(self):
        """The description of the model by sample itself, and the operations of an image."""
        text = output_of([self.args.bin / "sample", "--dry-run", "-m", self.checkpoint, "--cfg", 1, "--solver", "euler",
                         "--steps", self.steps])
        found = re.search(r"^model *.*: (unet of.*)", text, re.M)
        if not found:
            raise Failure(f"{self.checkpoint} is no UNet")
        flop, unit = re.search(r"^evaluations .* ([0-9.]+) ([kMGTP]?)FLOP$", text, re.M).groups()
        self.flop = float(flop) * {"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15}[unit]
        if self.what == "train":  # forward and backward are three times forward
            self.flop *= 3 / self.steps
        self.description = found[1]

    # --- ours

    def dtype_option(self):
        return [] if self.args.dtype == "float32" else ["--dtype", self.args.dtype]

    def drawing(self, count, steps):
        return [self.args.bin / "sample", "-q", "-m", self.model, "-n", count, "--batch", self.batch, "--cfg", 1,
                "--solver", "euler", "--steps", steps, "--threads", self.args.threads, *self.dtype_option()]

    def ours(self):
        """Images a second, and peak MiB."""
        if self.what == "sample":  # the first batch is the warming up
            row = 4 * self.network["shape"][0] * self.network["shape"][1] * self.network["shape"][2]
            seconds, peak = run_stream(self.drawing(self.batch + self.images, self.steps), self.images * row)
            return self.images / seconds, peak
        peak = self.train(2 + self.images // self.batch)
        return self.logged_rate(), peak

    def train(self, steps):
        """Peak MiB of a training."""
        data = self.folder / "images.safetensors"
        if not data.exists():
            networks.made_up_images(data, self.network)
        command = [self.args.bin / "diffusion-train", "-q", "--force", data, "-o", self.folder / "trained.safetensors",
                   *networks.training_options(self.network), "--batch", self.batch, "--preview", 0, "--threads",
                   self.args.threads, "--checkpoint-every", 1000000, "--steps", steps, "--log-every", 2, *self.dtype_option()]
        return run(command)[1]

    def logged_rate(self):
        """Each line of the log covers two steps, the last one maybe one; the first line's are the warming up."""
        lines = [json.loads(line) for line in open(self.folder / "trained.safetensors.jsonl")]
        counts = [(line["step"] - before["step"]) * self.batch for before, line in zip(lines, lines[1:])]
        seconds = [count / line["images_per_second"] for count, line in zip(counts, lines[1:])]
        return sum(counts) / sum(seconds)

    def our_start(self):
        return run(self.drawing(self.batch, 1))[0]

    # --- PyTorch

    def peer(self, variant, precision):
        command = peer_script(self.args.peers, "unet_peer.py", self.what, "--checkpoint", self.checkpoint, "--threads",
                              self.args.threads, "--batch", self.batch, "--steps", self.steps, "--variant", variant,
                              "--precision", precision)
        # Compiled anew in every run of the bench, and kept out of the user's cache.
        return Peer(command, {"TORCHINDUCTOR_CACHE_DIR": str(self.folder / "compiled")})

    def images_of(self, evaluation):
        """Images for a peer that takes so many seconds to evaluate the network on a batch, once."""
        batch = evaluation * (self.steps if self.what == "sample" else 1)
        return min(self.images, self.batch * max(1, int(LONGEST / batch)))

    def limit(self, dtype):
        command = peer_script(self.args.peers, "unet_peer.py", "limit", "--threads", self.args.threads, "--dtype", dtype)
        return ask(command)["gflops"]

    def compare(self):
        return ask(peer_script(self.args.peers, "unet_peer.py", "compare", "--checkpoint", self.checkpoint, "--model",
                               self.model, "--sample", self.args.bin / "sample", "--threads", self.args.threads, "--dtype",
                               self.args.dtype, "--images", self.bench.compared, "--compared-steps",
                               ",".join(map(str, self.bench.compared_steps))))


# --- measure

def shown_difference(task):
    """That both sides compute the same, before either is timed; what there is to say of it."""
    say("comparing images")
    found = task.compare()
    ours, bound = found["ours"], 1e-4
    if task.args.dtype == "float32":
        if not ours["largest"] <= bound:
            raise Failure(f"the images differ from PyTorch's by {ours['largest']:.1e}: it does not compute the same")
        return f"Largest difference between the images of the two: {ours['largest']:.1e}."
    theirs = {name: found[name] for name in ("bfloat16", "autocast")}
    if not ours["rms"] <= theirs["bfloat16"]["rms"]:
        raise Failure(f"the images are further from float32's than PyTorch's in bfloat16: {ours} and {theirs['bfloat16']}")
    texts = [f"{name} {error['largest']:.1e} and {error['rms']:.1e}"
             for name, error in (("ours", ours), *((f"PyTorch's {PRECISIONS[n]}", e) for n, e in theirs.items()))]
    return ("Difference from the images of PyTorch in float32, largest and root mean square: " + "; ".join(texts) +
            f". The largest value is {found['largest_value']:.1f}.")


def run_pairs(task, ours, variant, precision):
    """A peer beside ours, in turn. None, and a word about it, where PyTorch cannot do it."""
    theirs = Side(f"PyTorch, {NAMES[variant]}, {PRECISIONS[precision]}")
    say(f"{theirs.name}: starting")
    try:
        with task.peer(variant, precision) as peer:
            theirs.name = theirs.name.replace("PyTorch", f"PyTorch {peer.ready['version']}", 1)
            evaluation = peer.ready["evaluation"]
            theirs.starts.append(peer.start_up - evaluation)
            if peer.ready.get("vectors") == "none":
                say("it found no vector instructions: its compiled code will be slow")
            images = task.images_of(evaluation)
            for pair in range(task.pairs):
                run_ours(task, ours)
                answer = peer.work(images)
                theirs.rates.append(images / answer["seconds"])
                theirs.ratios.append(ours.rates[-1] / theirs.rates[-1])
                theirs.peaks.append(answer["peak"])
                say(f"pair {pair + 1} of {task.pairs}: {ours.rates[-1]:.3g} and {theirs.rates[-1]:.3g} images/s")
    except PeerFailure as why:
        say(f"{theirs.name}: {why}")
        return None, f"Not measured: {theirs.name} ({why})."
    return theirs, ""


def run_ours(task, ours):
    rate, peak = task.ours()
    ours.rates.append(rate)
    ours.peaks.append(peak)


def run_all(task, ours):
    """All peers in turn; what could not be measured, in words."""
    sides, remarks = [], []

    def pairs_with(variant, precision):
        side, remark = run_pairs(task, ours, variant, precision)
        if side:
            sides.append(side)
        if remark:
            remarks.append(remark)
        if task.what == "sample":
            ours.starts.append(task.our_start())
        return statistics.median(side.rates) if side else 0

    precisions = ["float32"]
    if task.args.dtype == "bfloat16":
        precisions = ["bfloat16", "autocast", "float32"] if task.what == "sample" else ["autocast", "float32"]
    eager = {precision: pairs_with("eager", precision) for precision in precisions}
    fastest = max(eager, key=eager.get)  # the others are compiled from the faster way
    for variant in task.args.variants:
        pairs_with(variant, fastest)
    return sides, remarks


def limits(task):
    """The fastest convolution by element type, now."""
    types = ["float32"] if task.args.dtype == "float32" else ["float32", "bfloat16"]
    return {dtype: task.limit(dtype) for dtype in types}


def chosen_limit(task, before, after):
    """The name and GFLOP/s of what the machine can give."""
    best = {dtype: max(before[dtype], after[dtype]) for dtype in before}
    if task.args.dtype == "float32":
        return "float32", best["float32"]
    share, text = (1, "bfloat16") if task.args.dtype == "bfloat16" else (3, "a third of bfloat16")
    reached = best["bfloat16"] / share
    if reached >= best["float32"]:
        return text, reached
    return f"float32 ({text}: {reached:.1f})", best["float32"]


# --- table

def table_row(task, side, limit):
    gflops = statistics.median(side.rates) * task.flop / 1e9
    ratios = f"{median(side.ratios)} ({spread(side.ratios)})" if side.ratios else ""
    digits = 1 if statistics.median(side.rates) >= 10 else 3
    start = f"{median(side.starts)} s" if side.starts else ""
    return (side.name, median(side.rates, digits), spread(side.rates, digits), f"{gflops:.1f}",
            f"{100 * gflops / limit:.0f} %" if limit else "", ratios, f"{max(side.peaks):.0f}", start)


def print_result(task, ours, sides, limit, remarks):
    how = f"{task.steps} Euler steps, " if task.what == "sample" else ""
    print(f"{task.what}: {task.description}; {task.flop / 1e9:.3g} GFLOP an image")
    print(f"{how}batches of {task.batch}, {task.args.dtype}; {task.images} images in each of {task.pairs} runs; "
          f"threads: {task.args.threads}; {processor()}\n")
    rows = [table_row(task, side, limit and limit[1]) for side in (ours, *sides)]
    if limit:
        rows.append((f"limit: fastest 3x3 convolution, {limit[0]}", "", "", f"{limit[1]:.1f}", "100 %", "", "", ""))
    print_table(["<program", "images/s", "lowest to highest", "GFLOP/s", "of the limit", "ours over it", "peak MiB",
                 "start-up"], rows)
    if sides:
        best = min(sides, key=lambda side: statistics.median(side.ratios))
        remarks = [f"Ours over the best of PyTorch ({best.name.split(', ', 1)[1]}), median of pairs: {median(best.ratios)}.",
                   *remarks]
    for remark in remarks:
        print(f"\n{remark}")


def measure(args, folder):
    task = Task(args, folder)
    ours = Side("sample" if task.what == "sample" else "diffusion-train")
    if not args.peers:
        for _ in range(task.pairs):
            run_ours(task, ours)
            if task.what == "sample":
                ours.starts.append(task.our_start())
        remark = "Ours alone. PyTorch beside it: python3 -m venv VENV && VENV/bin/pip install torch numpy safetensors, then "
        return print_result(task, ours, [], None, [remark + f"scripts/bench {task.what} --peers VENV"])
    remarks = [shown_difference(task)] if task.what == "sample" else []
    before = limits(task)
    sides, missing = run_all(task, ours)
    print_result(task, ours, sides, chosen_limit(task, before, limits(task)), [*remarks, *missing])
