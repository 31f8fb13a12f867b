"""Times the engine's attention beside PyTorch's: what scripts/bench attention does."""

import json
import statistics

from measure import Peer, output_with_peak, output_of, median, peer_script, print_table, processor, say, spread

BATCH, HEADS = 2, 4
SIZES = (32, 40, 64, 128)
PAIRS = 5
WORK = 5e10  # operations that a run takes at least, in as many repetitions as that needs


class Case:
    """Attention over so many tokens by heads of one size."""

    def __init__(self, args, folder, tokens, size):
        self.args, self.tokens, self.size = args, tokens, size
        self.height = 1 << (tokens.bit_length() - 1) // 2
        self.shape = (BATCH, HEADS, size, self.height, tokens // self.height)
        self.flop = 4 * tokens**2 * size * HEADS * BATCH
        self.repeats = min(20, max(1, round(WORK / self.flop)))
        self.input, self.output = folder / "qkv.npy", folder / "mixed.npy"

    def ours(self, *more):
        command = [self.args.bin / "bench-attention", self.input, "-o", self.output, "--force", "--heads", HEADS, "--repeats",
                   self.repeats, "--threads", self.args.threads, *more]
        return command + ([] if self.args.dtype == "float32" else ["--dtype", self.args.dtype])

    def peer(self):
        dtype = "bfloat16" if self.args.dtype == "bfloat16" else "float32"
        return Peer(peer_script(self.args.peers, "attention_peer.py", "--threads", self.args.threads, "--shape",
                                ",".join(map(str, self.shape)), "--dtype", dtype, "--input", self.input, "--output",
                                self.output), {})

    def moving(self):
        """The share of our time that goes into the way from [C,H,W] to channels-last and back, in percent."""
        lines = [line.split() for line in output_of(self.ours("--explain")).splitlines()[1:]]
        return sum(float(words[0]) for words in lines if words[-1] != "attention")


def row_of(case):
    """Ours and PyTorch's in turn, as cells; and the difference of their results."""
    say(f"{case.tokens} tokens, heads of {case.size}")
    ours, theirs, ratios, peaks = [], [], [], []
    with case.peer() as peer:
        for _ in range(case.args.pairs or PAIRS):
            text, peak = output_with_peak(case.ours())
            ours.append(statistics.mean(json.loads(text)["seconds"]))
            answer = peer.work(case.repeats)
            theirs.append(answer["seconds"] / case.repeats)
            ratios.append(theirs[-1] / ours[-1])
            peaks.append(peak)
        found = peer.work(0)

    def cells(seconds, peak):
        return f"{1e3 * statistics.median(seconds):.1f}", f"{case.flop / statistics.median(seconds) / 1e9:.1f}", f"{peak:.0f}"

    row = (str(case.tokens), str(case.size), *cells(ours, max(peaks)), *cells(theirs, answer["peak"]), median(ratios),
           spread(ratios), f"{found['largest']:.1e}", f"{found['rms']:.1e}")
    return (row if case.args.dtype == "float32" else (*row, f"{found['theirs']:.1e}")), peer.ready["version"]


def measure(args, folder):
    rows = []
    for tokens in args.tokens:
        for size in SIZES:
            case = Case(args, folder, tokens, size)
            row, version = row_of(case)
            rows.append(row)
            if len(rows) == 1:
                moving = f"{case.moving():.0f} % of our time for {tokens} tokens in heads of {size}"
    print(f"attention: {BATCH} images, {HEADS} heads, {args.dtype} beside PyTorch {version}'s scaled_dot_product_attention; "
          f"threads: {args.threads}; {processor()}\n")
    extra = [] if args.dtype == "float32" else ["PyTorch's largest"]
    print_table(["tokens", "head size", "ours, ms", "GFLOP/s", "peak MiB", "PyTorch, ms", "GFLOP/s", "peak MiB",
                 "ours over PyTorch, in speed", "lowest to highest", "largest difference", "root mean square", *extra], rows)
    print(f"\nOurs takes and gives [C,H,W], and PyTorch [heads,tokens,d]: to move the elements is {moving}.")
    if extra:
        print("\nDifferences are those from PyTorch in float32.")
