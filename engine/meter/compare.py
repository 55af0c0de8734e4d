"""One card against no card, on one pool."""

from __future__ import annotations

import time
from dataclasses import replace

from engine.augment.pipeline import Pipeline
from engine.meter.bank import Tell, Views
from engine.meter.records import Estimate, How, Reading
from engine.meter.runs import SEEDS, Outcome, Runner
from engine.meter.statistics import ratio_of_losses
from engine.meter.subset import Pool
from engine.meter.verdict import Evidence, Judgement, acquitted, judge
from engine.meter.words import MIXES, sentence, slows
from engine.transforms.base import Mixing

__all__ = ["LONGER", "MODEL", "Comparer"]

LONGER = 2
"""How many times as long a model may learn before a card is said to destroy or hurt."""
MODEL = "the meter's small network (4 convolutions, images of at most 32 px)"


class Comparer:
    """Measures pipelines against the same models trained without any."""

    def __init__(self, runner: Runner, tell: Tell) -> None:
        self._runner = runner
        self._without = runner.train(runner.plain(tell), tell)

    @property
    def pool(self) -> Pool:
        """The images that are compared on."""
        return self._runner.pool

    def read(self, card: str, title: str, pipeline: Pipeline, tell: Tell) -> Reading:
        """What ``pipeline`` does; ``tell`` may raise Cancelled."""
        begun = time.monotonic()
        runner = self._runner
        views = runner.bank.views(pipeline, runner.variants, tell)
        outcome = runner.train(views, tell)
        diversity = ratio_of_losses(outcome.losses, self._without.losses)
        found = self._judge(views, outcome, outcome, diversity)
        words = ""
        if found.verdict in ("destroys", "hurts"):
            # What is only hard to learn is learnt in time, what is destroyed is not.
            later = runner.train(views, tell, longer=LONGER)
            found = self._judge(views, outcome, later, diversity)
            if found.verdict == "hurts":
                in_time = self._judge(views, later, later, diversity)
                if in_time.verdict not in ("destroys", "hurts", "unsure"):
                    found, words = acquitted(found), slows(found, in_time)
        words = words or sentence(found, diversity)
        reading = Reading(
            card,
            title,
            found.verdict,
            words,
            found.affinity,
            found.fall,
            diversity,
            found.gain,
            found.classes,
            self._how(time.monotonic() - begun),
        )
        return _without_affinity(reading) if _only_mixes(pipeline) else reading

    def _judge(
        self, views: Views, outcome: Outcome, later: Outcome, diversity: Estimate
    ) -> Judgement:
        """By the models of ``outcome``, those of ``later`` for what they relearnt."""
        runner, pool = self._runner, self._runner.pool
        evidence = Evidence(
            pool.labels,
            pool.folds,
            clean=self._without.clean,
            augmented=runner.judge(self._without.models, views),
            trained=outcome.clean,
            relearned=runner.judge(later.models, views, balance=True),
            units=pool.units,
        )
        return judge(evidence, pool.classes, diversity)

    def _how(self, seconds: float) -> How:
        pool, schedule = self._runner.pool, self._runner.schedule
        return How(
            images=len(pool.labels),
            trained_on=len(pool.labels) // 2,
            steps=schedule.epochs * schedule.steps,
            trainings=2 * SEEDS,
            model=MODEL,
            seconds=round(seconds, 1),
        )


def _only_mixes(pipeline: Pipeline) -> bool:
    cards = pipeline.active
    return bool(cards) and all(isinstance(card.transform, Mixing) for card in cards)


def _without_affinity(reading: Reading) -> Reading:
    """Where only labels are mixed, no single image is changed that a model could fall on."""
    rows = tuple(replace(row, fall=None) for row in reading.classes)
    text = MIXES + reading.sentence
    return replace(reading, affinity=None, fall=None, classes=rows, sentence=text)
