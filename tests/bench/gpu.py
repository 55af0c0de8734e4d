"""A card's step rates: resident and streamed data against the model alone; a tuned loop by hand."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from engine.augment.pipeline import Pipeline
from engine.compile.factors import set_training
from engine.compute.choice import choose
from engine.compute.device import Arithmetic, describe
from engine.compute.trial import Work
from engine.recipe import Training
from engine.train.passes import choose_passes
from engine.train.pieces import Pieces
from engine.train.position import Position
from engine.train.recording.batches import record_batches
from engine.train.recording.choice import choose_update
from engine.train.trainer import Trainer
from tests.bench.augment import pipeline
from tests.bench.loops import pieces_of
from tests.bench.minimal import WORKS, Contest
from tests.bench.rounds import compare

TITLE = "Card: steps per second against the model alone on one constant batch"

BATCH = 512
ALONE = "model alone, one batch"
_STEPS = 100
_REPORT = 25  # steps between two readings of the metrics


def main(argv: list[str]) -> None:
    """Prints goals 6, 7 and 8; says so and ends where no card is."""
    parser = argparse.ArgumentParser(prog="tests.bench gpu")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int, default=20_480)
    parser.add_argument("--compile", action="store_true", help="goal 8 too; takes minutes")
    asked = parser.parse_args(argv)
    if not torch.cuda.is_available():
        print("There is no CUDA card on this machine that torch can use: nothing was measured.")
        return
    print(describe(torch.device("cuda", 0)), f"CUDA {torch.version.cuda}")
    for name, goal in (("resnet", 0.95), ("small", 0.90)):
        work = replace(WORKS[name], channels=3, batch=BATCH)
        _rates(work, asked.images, asked.rounds, goal)
        if asked.compile:
            _by_hand(work, asked.images, asked.rounds)


def _rates(work: Contest, images: int, rounds: int, goal: float) -> None:
    pixels, labels = work.data(images)
    how, why = choose(torch.device("cuda", 0), Training(), work.macs * BATCH)
    print(f"{work.title}, batch {BATCH}  [{why}]  [goal {goal} resident; streamed 0.90 of that]")
    resident = _fovea(work, pixels, labels, how, pipeline=pipeline())
    contestants = {
        ALONE: _alone(work, pixels, how),
        "Fovea, resident, augmented": resident,
        **{
            f"Fovea, resident, CUDA graphs {graphs}": _fovea(
                work, pixels, labels, how, pipeline=pipeline(), cuda_graphs=graphs
            )
            for graphs in ("off", "on", "update")
        },
        "Fovea, streamed, augmented": _fovea(
            work, pixels, labels, how, pipeline=pipeline(), resident=False
        ),
    }
    compare(contestants, reference=ALONE, rounds=rounds, unit="steps/s")


def _by_hand(work: Contest, images: int, rounds: int) -> None:
    """Compiled, channels last, bf16, resident: the loop of a speed run, flips as augmentation."""
    pixels, labels = work.data(images)
    how, _ = choose(torch.device("cuda", 0), Training(), work.macs * BATCH)
    reference = "hand-tuned loop, compiled"
    contestants = {
        reference: _hand_tuned(work, pixels, labels, how),
        "Fovea, compiled": _fovea(work, pixels, labels, how, compile="on"),
    }
    compare(contestants, reference=reference, rounds=rounds, unit="steps/s")


def _timed(step: Callable[[int], None]) -> Callable[[], float]:
    """Steps per second over a hundred of them; two rounds before count as warm-up."""

    def measured() -> float:
        torch.cuda.synchronize()
        begun = time.perf_counter()
        for number in range(_STEPS):
            step(number)
        torch.cuda.synchronize()
        return _STEPS / (time.perf_counter() - begun)

    measured()
    measured()
    return measured


def _alone(work: Contest, pixels: np.ndarray, how: Arithmetic) -> Callable[[], float]:
    model = how.place(work.make(work.channels, work.side)).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
    images = torch.from_numpy(pixels[:BATCH]).to(how.device).float().div_(255)
    inputs, labels = how.lay_out(images), torch.zeros(BATCH, dtype=torch.int64, device=how.device)

    def step(_: int) -> None:
        optimizer.zero_grad()
        with how.autocast():
            scores = model(inputs)
        nn.functional.cross_entropy(scores.float(), labels, label_smoothing=0.1).backward()
        optimizer.step()

    return _timed(step)


def _hand_tuned(
    work: Contest, pixels: np.ndarray, labels: np.ndarray, how: Arithmetic
) -> Callable[[], float]:
    model = how.place(work.make(work.channels, work.side)).train()
    faster = torch.compile(model, dynamic=False)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
    images = torch.from_numpy(pixels).to(how.device).to(torch.bfloat16).div_(255)
    images, wanted = how.lay_out(images), torch.from_numpy(labels).to(how.device)
    order = torch.randperm(len(images), device=how.device)
    whole = len(images) // BATCH

    def step(number: int) -> None:
        start = number % whole * BATCH
        rows = order[start : start + BATCH]
        optimizer.zero_grad()
        with how.autocast():
            scores = faster(images[rows])
        nn.functional.cross_entropy(scores.float(), wanted[rows], label_smoothing=0.1).backward()
        optimizer.step()

    return _timed(step)


def _fovea(
    work: Contest,
    pixels: np.ndarray,
    labels: np.ndarray,
    how: Arithmetic,
    *,
    pipeline: Pipeline | None = None,
    resident: bool = True,
    **recipe: str,
) -> Callable[[], float]:
    own = pieces_of(
        work, pixels, labels, how, pipeline=pipeline, resident=resident, epochs=100_000, **recipe
    )
    trainer = _with_passes(own, work)
    set_training(trainer.model)

    def step(number: int) -> None:
        trainer.step()
        trainer.position.epoch = trainer.position.step // trainer.pieces.steps_per_epoch
        if number % _REPORT == _REPORT - 1:
            trainer.meter.read(trainer.position.step)

    return _timed(step)


def _with_passes(own: Pieces, work: Contest) -> Trainer:
    shape = (work.channels, work.side, work.side)
    asked = Work(own.model, shape, 10, work.batch, work.macs)
    found = choose_passes(asked, own.arithmetic, own.recipe, 100_000, {})
    trainer = Trainer(replace(own, forward=found.forward), Position())
    batches, choice = record_batches(trainer), choose_update(trainer, found.way, {})
    notes = (*found.notes, *batches, *choice.notes)
    print(*(f"  {note}\n" for note in notes), sep="", end="")
    return trainer
