"""What all benches share: runs with their time and peak memory, statistics over runs, tables of them.

Needs nothing but Python itself, and stays small on purpose: what this process holds when it starts another one, the
kernel counts as the other's peak.
"""

import json
import os
import selectors
import signal
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE = 900  # seconds that a peer may take for an answer; the first includes to load, to compile and to warm up


class Failure(Exception):
    """Something could not be measured; the text says what."""


class PeerFailure(Failure):
    """A peer cannot do what it was asked."""


def start(command, **options):
    return subprocess.Popen([str(word) for word in command], **options)


def finish(child, accepted=(0,)):
    """Waits for a command that must succeed; its peak resident MiB."""
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in accepted:
        raise Failure(f"{' '.join(child.args)} ended with {child.returncode}")
    return usage.ru_maxrss / 1024


def run(command, accepted=(0,)):
    """Seconds and peak resident MiB of a whole run."""
    begin = time.perf_counter()
    child = start(command, stdout=subprocess.DEVNULL)
    peak = finish(child, accepted)
    return time.perf_counter() - begin, peak


def run_stream(command, last):
    """Seconds that a program takes for the last bytes of what it writes, the rest before being its start; and its peak
    resident MiB. What it writes is one safetensors file, so that its first bytes say how many there are."""
    child = start(command, stdout=subprocess.PIPE)
    head = child.stdout.read(8)
    size = int.from_bytes(head, "little")
    text = child.stdout.read(size)
    if len(head) < 8 or len(text) < size:
        finish(child)
        raise Failure(f"{command[0]} wrote no safetensors")
    header = json.loads(text)
    left = max(entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__")
    begin = None
    while piece := child.stdout.read1(1 << 20):
        left -= len(piece)
        if begin is None and left <= last:
            begin = time.perf_counter()
    end = time.perf_counter()
    peak = finish(child)
    if left != 0 or begin is None:
        raise Failure(f"{command[0]} wrote less than it promised")
    return end - begin, peak


class Peer:
    """A peer's process, started, compiled and warmed up once: it then works whenever it is told to. Each answer is a
    line of JSON; the first comes when it is ready (self.ready), and holds at least `version`."""

    def __init__(self, command, environment):
        self.begin = time.perf_counter()
        self.messages = os.memfd_create("messages")
        self.child = start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.messages, text=True,
                           env={**os.environ, **environment}, start_new_session=True)
        try:
            self.ready = self.answer()
            self.start_up = time.perf_counter() - self.begin
        except BaseException:
            self.stop()
            raise

    def answer(self):
        with selectors.DefaultSelector() as ready:
            ready.register(self.child.stdout, selectors.EVENT_READ)
            if not ready.select(PATIENCE):
                raise PeerFailure(f"no answer within {PATIENCE / 60:.0f} minutes")
        line = self.child.stdout.readline()
        if not line:
            raise PeerFailure(self.last_words())
        return json.loads(line)

    def last_words(self):
        text = os.pread(self.messages, 1 << 20, 0).decode(errors="replace").strip()
        return text.splitlines()[-1] if text else "ended without a word"

    def work(self, amount):
        """The answer to: do so much."""
        self.child.stdin.write(f"{amount}\n")
        self.child.stdin.flush()
        return self.answer()

    def stop(self):
        """Ends it with all that it started: compilers may be at work."""
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.child.wait()
        os.close(self.messages)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def output_with_peak(command):
    """What a command prints, and its peak MiB."""
    child = start(command, stdout=subprocess.PIPE, text=True)
    text = child.stdout.read()
    return text, finish(child)


def output_of(command):
    return output_with_peak(command)[0]


def ask(command):
    """The JSON that a command prints."""
    return json.loads(output_of(command))


@dataclass
class Side:
    """What was measured of one program, a value a run."""

    name: str
    rates: list = field(default_factory=list)
    ratios: list = field(default_factory=list)  # ours over it, pair by pair
    peaks: list = field(default_factory=list)  # MiB
    starts: list = field(default_factory=list)  # seconds


def spread(values, digits=2):
    return f"{min(values):.{digits}f} to {max(values):.{digits}f}" if values else ""


def median(values, digits=2):
    return f"{statistics.median(values):.{digits}f}" if values else ""


def processor():
    names = [line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    return names[0] if names else os.uname().machine


def print_table(columns, rows):
    """Columns whose name begins with < stand left, the others right."""
    print("| " + " | ".join(name.lstrip("<") for name in columns) + " |")
    print("|" + "".join("---|" if name.startswith("<") else "--:|" for name in columns))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def say(text):
    """What is going on, for people who wait."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def peer_script(python, name, *arguments):
    return [python, "-B", Path(__file__).parent / name, *arguments]
