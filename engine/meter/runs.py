"""All short trainings of one side of a comparison, and what they answered."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from engine.compute.device import Arithmetic
from engine.meter.bank import Bank, Tell, Views
from engine.meter.probe import Schedule, score_views, train_probe
from engine.meter.subset import Pool

__all__ = ["DRAWS", "SEEDS", "Outcome", "Runner", "balanced"]

SEEDS = 2
"""Repetitions of every training: fewer would not say how much trainings differ by themselves."""
DRAWS = 4
"""Changed copies by which an image is judged."""

Models = list[torch.nn.Module]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What models trained with one pipeline answer, for images that they have not seen.

    Attributes:
        models: one for each repetition and half, halves within repetitions.
        losses: the last training loss of each.
        clean: ``[SEEDS, n]``, 1 where an unchanged image was recognised.
    """

    models: Models
    losses: list[float]
    clean: np.ndarray


class Runner:
    """Trains and judges on one pool, from one seed."""

    def __init__(self, pool: Pool, device: torch.device, seed: int) -> None:
        self.pool, self.seed = pool, seed
        self.bank = Bank(pool, device, seed)
        self._arithmetic = Arithmetic(device, "fp32", channels_last=True)
        self._halves = [np.nonzero(pool.folds == fold)[0] for fold in (0, 1)]
        self.schedule = Schedule.of(min(len(half) for half in self._halves))
        self._plain: Views | None = None

    @property
    def steps(self) -> int:
        """Updates of all trainings of one side."""
        return SEEDS * 2 * self.schedule.epochs * self.schedule.steps

    @property
    def variants(self) -> int:
        """How many changed copies of each image a training sees."""
        return self.bank.variants(self.schedule.epochs)

    def plain(self, tell: Tell) -> Views:
        """The unchanged images, made once."""
        if self._plain is None:
            self._plain = self.bank.plain(tell)
        return self._plain

    def train(self, views: Views, tell: Tell, *, longer: int = 1) -> Outcome:
        """Every repetition on each half; ``longer`` times as many epochs as usual."""
        schedule = replace(self.schedule, epochs=longer * self.schedule.epochs)
        models: Models = []
        losses: list[float] = []
        for repetition in range(SEEDS):
            for fold in (0, 1):
                model, loss = train_probe(
                    self.bank,
                    views,
                    self._halves[1 - fold],
                    len(self.pool.classes),
                    schedule,
                    seed=2 * (self.seed * SEEDS + repetition) + fold,
                    arithmetic=self._arithmetic,
                    tell=tell,
                )
                models.append(model)
                losses.append(loss)
        return Outcome(models, losses, self.judge(models, self.plain(tell)))

    def judge(self, models: Models, views: Views, *, balance: bool = False) -> np.ndarray:
        """``[SEEDS, n]``: the share of each image's copies that was recognised.

        Every image by the models that have not seen it. ``balance``: see :func:`balanced`.
        """
        hits = np.zeros((SEEDS, len(self.pool.labels)))
        for place, model in enumerate(models):
            repetition, fold = divmod(place, 2)
            rows = self._halves[fold]
            scores = score_views(model, views, self.bank.order(rows), DRAWS, self._arithmetic)
            labels = self.pool.labels[rows]
            if balance:
                scores = balanced(scores, labels)
            hits[repetition, rows] = (scores.argmax(2) == labels).mean(0)
        return hits


def balanced(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """``scores`` (``[draws, n, classes]``), shifted so that each class is answered as often as due.

    Where a change makes two classes look alike, a network answers one of them for both, whichever
    it happens to prefer: one class would look unharmed. One number a class is added to the scores
    so that the mean probability of each class is its share of the images (the class priors of
    Saerens, Latinne and Decaestecker 2002); then both come out as the coin toss that they are.
    """
    flat = scores.reshape(-1, scores.shape[-1])
    due = np.bincount(labels, minlength=scores.shape[-1]) / len(labels)
    known = due > 0
    shift = np.where(known, 0.0, -np.inf)
    for _ in range(100):
        moved = flat + shift
        moved = np.exp(moved - moved.max(axis=1, keepdims=True))
        share = (moved / moved.sum(axis=1, keepdims=True)).mean(axis=0)
        step = np.log(due[known]) - np.log(np.maximum(share[known], 1e-12))
        shift[known] += step
        if np.abs(step).max() < 1e-4:
            break
    return scores + shift
