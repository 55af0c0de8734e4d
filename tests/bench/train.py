"""Fovea's training against the minimal loop: the shortest honest loop a good engineer writes."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial

import torch

from engine.compute.choice import choose
from engine.compute.device import Arithmetic, describe
from engine.compute.trial import Work, fastest
from engine.recipe import Training
from tests.bench.loops import fovea, pieces_of
from tests.bench.minimal import WORKS, Clock, Contest, minimal
from tests.bench.rounds import compare

TITLE = "Training: images per second against the minimal loop (fp32, data in memory, no logging)"


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
    asked = parser.parse_args(argv)
    if asked.own_seconds and asked.threads != 1:
        parser.error("--own-seconds needs one thread: others' waiting would count as work")
    clock = time.process_time if asked.own_seconds else time.perf_counter
    torch.set_num_threads(asked.threads)
    print(describe(torch.device("cpu")), "(own seconds)" if asked.own_seconds else "")
    for name in asked.works:
        _work(WORKS[name], asked.rounds, asked.times, clock)


def _work(work: Contest, rounds: int, times: float, clock: Clock) -> None:
    pixels, labels = work.data(max(work.batch * 2, round(work.images * times)))
    plain = Arithmetic(torch.device("cpu"))
    own, why = _choice(work)
    print(f"{work.title}, batch {work.batch}, {len(pixels):,} images  [{why}]")

    def trained(how: Arithmetic) -> Callable[[], float]:
        return lambda: fovea(pieces_of(work, pixels, labels, how), clock)

    contestants = {
        "minimal loop": lambda: minimal(work, pixels, labels, clock),
        "Fovea, same arithmetic": trained(plain),
    }
    if own != plain:
        contestants["Fovea, its own choice"] = trained(own)
    for contestant in contestants.values():
        contestant()
    compare(contestants, reference="minimal loop", rounds=rounds, unit="images/s")


def _choice(work: Contest) -> tuple[Arithmetic, str]:
    """What a run of some length would take: by trial, where there is enough to compute."""
    shape = (work.channels, work.side, work.side)
    tried = Work(work.make(work.channels, work.side), shape, 10, work.batch, work.macs)
    return choose(torch.device("cpu"), Training(), work.macs * work.batch, partial(fastest, tried))
