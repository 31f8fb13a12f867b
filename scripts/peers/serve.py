"""A peer's side of measure.Peer: answers in lines of JSON, works when told to. Needs torch."""

import json
import os
import resource
import sys
import time

import torch


def take_stdout():
    """The way to answer; what libraries print goes to standard error instead."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return lambda answer: print(json.dumps(answer), file=answers, flush=True)


def serve(answer, ready, work):
    """Says that it is ready, then does work(amount) for each line and answers with the seconds, the peak MiB of the process
    and what work returns."""
    answer({"version": torch.__version__, **ready})
    for line in sys.stdin:
        begin = time.perf_counter()
        found = work(int(line)) or {}
        seconds = time.perf_counter() - begin
        answer({"seconds": seconds, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, **found})


def fastest(work, least=3, seconds=0.5):
    """The least of some runs, in seconds."""
    times = []
    while len(times) < least or (sum(times) < seconds and len(times) < 100):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times)


def vectors():
    """The vector instructions that torch.compile uses: none where its probe fails, and then it is slow."""
    from torch._inductor import cpu_vec_isa

    return str(cpu_vec_isa.pick_vec_isa()) or "none"
