"""Fovea's training against the minimal loop: the shortest honest loop a good engineer writes.

Each contestant trains in a process of its own, as it would for a user: what one of them asks of the
process (how it computes, what its heap keeps) must not help or hurt the other.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from functools import partial
from typing import Any

import torch

from engine.compute.choice import choose
from engine.compute.device import Arithmetic, describe
from engine.compute.heap import keep_heap
from engine.compute.trial import Work, fastest
from engine.recipe import Training
from tests.bench.loops import fovea, pieces_of
from tests.bench.minimal import WORKS, Contest, minimal
from tests.bench.rounds import compare

TITLE = "Training: images per second against the minimal loop (fp32, data in memory, no logging)"

_NAMES = {
    "minimal": "minimal loop",
    "same": "Fovea, same arithmetic",
    "own": "Fovea, its own choice",
}


def main(argv: list[str]) -> None:
    """Prints the ratios of every network, in the same arithmetic and in Fovea's own choice."""
    parser = argparse.ArgumentParser(prog="tests.bench train")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--works", nargs="+", choices=list(WORKS), default=list(WORKS))
    parser.add_argument("--times", type=float, default=1.0, help="how many images, as a factor")
    parser.add_argument(
        "--own-seconds",
        action="store_true",
        help="count the seconds that the process itself computes: for a machine that is busy with "
        "other work, with one thread",
    )
    parser.add_argument("--contestant", choices=list(_NAMES), help=argparse.SUPPRESS)
    asked = parser.parse_args(argv)
    if asked.own_seconds and asked.threads != 1:
        parser.error("--own-seconds needs one thread: others' waiting would count as work")
    torch.set_num_threads(asked.threads)
    if asked.contestant:
        _serve(asked)
        return
    print(describe(torch.device("cpu")), "(own seconds)" if asked.own_seconds else "")
    for name in asked.works:
        contestants = {who: _Contestant(who, name, argv) for who in _NAMES}
        work, own = WORKS[name], contestants["own"].says
        print(f"{work.title}, batch {work.batch}, {own['images']:,} images  [{own['why']}]")
        if own["plain"]:
            contestants.pop("own").end()
        rates = {_NAMES[who]: contestant.rate for who, contestant in contestants.items()}
        for rate in rates.values():
            rate()
        compare(rates, reference=_NAMES["minimal"], rounds=asked.rounds, unit="images/s")
        for contestant in contestants.values():
            contestant.end()


class _Contestant:
    """A process that trains one work in one way whenever it is asked to.

    Attributes:
        says: what it tells about its work before the first round.
    """

    def __init__(self, who: str, work: str, argv: list[str]) -> None:
        command = [sys.executable, "-m", "tests.bench", "train", *argv]
        command += ["--works", work, "--contestant", who]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.says = self._heard()

    def rate(self) -> float:
        """Images a second of one training."""
        assert self._process.stdin is not None
        print("again", file=self._process.stdin, flush=True)
        return float(self._heard()["rate"])

    def end(self) -> None:
        """Ends the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _heard(self) -> dict[str, Any]:
        """The next record among the lines that it prints."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise RuntimeError("A contestant ended before the others.")


def _serve(asked: argparse.Namespace) -> None:
    """Tells about the work, then trains once for each line on standard input."""
    work = WORKS[asked.works[0]]
    clock = time.process_time if asked.own_seconds else time.perf_counter
    pixels, labels = work.data(max(work.batch * 2, round(work.images * asked.times)))
    plain = how = Arithmetic(torch.device("cpu"))
    why = ""
    if asked.contestant != "minimal":
        keep_heap()  # as a run does
    if asked.contestant == "own":
        how, why = _choice(work)
    print(json.dumps({"images": len(pixels), "why": why, "plain": how == plain}), flush=True)
    for _ in sys.stdin:
        if asked.contestant == "minimal":
            rate = minimal(work, pixels, labels, clock)
        else:
            rate = fovea(pieces_of(work, pixels, labels, how), clock)
        print(json.dumps({"rate": rate}), flush=True)


def _choice(work: Contest) -> tuple[Arithmetic, str]:
    """What a run of some length would take: by trial, where there is enough to compute."""
    shape = (work.channels, work.side, work.side)
    tried = Work(work.make(work.channels, work.side), shape, 10, work.batch, work.macs)
    return choose(torch.device("cpu"), Training(), work.macs * work.batch, partial(fastest, tried))
