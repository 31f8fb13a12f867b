"""Times compare-samples beside pytorch-fid's statistics on given features: what scripts/bench frechet does."""

import json
import statistics
import subprocess
import time

from measure import Failure, Peer, median, peer_script, print_table, processor, say, spread, start

SIZES = ((50_000, 2048), (1_000_000, 64))
PAIRS = 5


def own_memory(pid):
    """MiB that a process holds now, apart from the files that it maps."""
    try:
        with open(f"/proc/{pid}/status") as status:
            return sum(int(line.split()[1]) for line in status if line.startswith("RssAnon")) / 1024
    except OSError:  # it has just ended
        return 0


def work(args, sets):
    """Seconds of ours from start to end, the most memory of its own, and the distance."""
    begin, peak = time.perf_counter(), 0
    child = start([args.bin / "compare-samples", *sets, "--measures", "frechet", "--json", "--threads", args.threads],
                  stdout=subprocess.PIPE, text=True)
    while child.poll() is None:
        peak = max(peak, own_memory(child.pid))
        time.sleep(0.005)
    seconds = time.perf_counter() - begin
    if child.returncode:
        raise Failure(f"compare-samples ended with {child.returncode}")
    return seconds, peak, json.loads(child.stdout.read())["figures"][0]["value"]


def row_of(args, folder, rows, values):
    say(f"{rows} rows of {values}")
    sets = [folder / name for name in ("reference.npy", "samples.npy")]
    ours, theirs, ratios, peaks, peer_peaks = [], [], [], [], []
    with Peer(peer_script(args.peers, "frechet_peer.py", "--threads", args.threads, "--rows", rows, "--values", values, *sets),
              {}) as peer:
        for _ in range(args.pairs or PAIRS):
            seconds, peak, distance = work(args, sets)
            ours.append(seconds)
            peaks.append(peak)
            answer = peer.work(1)
            theirs.append(answer["seconds"])
            peer_peaks.append(answer["own"])
            ratios.append(theirs[-1] / ours[-1])
    difference = abs(distance - answer["distance"]) / answer["distance"]
    return (str(rows), str(values), median(ours), f"{max(peaks):.0f}", median(theirs), f"{max(peer_peaks):.0f}", median(ratios),
            spread(ratios), f"{difference:.1e}"), peer.ready["version"]


def measure(args, folder):
    rows = []
    for size in SIZES:
        row, version = row_of(args, folder, *size)
        rows.append(row)
    print(f"frechet: two sets of normals, float32, beside pytorch-fid {version}; threads: {args.threads}; {processor()}\n")
    print_table(["rows", "values a row", "ours, s", "own MiB", "pytorch-fid, s", "own MiB, at least", "ours over pytorch-fid, in speed",
                 "lowest to highest", "relative difference"], rows)
    print("\nOurs is the whole program, from start to end, and takes the floor as well: two halves of the reference.")
