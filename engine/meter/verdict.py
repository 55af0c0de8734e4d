"""From outcomes to a judgement.

The rule, for a class *c* and a card; W are the models trained without the card, A those with it:

* **destroyed**: W's accuracy on *c* falls clearly when the card changes the images, *and* A, which
  trained on such images, recognises them clearly less often than W the unchanged ones, *and* A won
  back less than half of what W lost. The first alone would condemn everything that W never saw,
  such as any rotation. "Clearly" is a one-sided test at 5 %, corrected for the number of classes
  by Holm's method (1979), and at least 0.10.
* **hurt**: A's accuracy on unchanged images of *c* is below W's, by 0.10 or more and by the same
  test at 2.5 %. **helped**: it is above, by that test.
* **unsure**: fewer than 8 images, or W hardly knows the class, or a loss of 0.20 on unchanged
  images of *c* cannot be excluded.

The whole card **destroys** when it destroys a class; **hurts** when it hurts one, or when the
interval of the overall gain lies below 0 and the gain is -0.02 or worse; **helps** when that
interval lies above 0; cannot be told (**unsure**) when a loss of 0.10 in accuracy cannot be
excluded; **adds nothing** when the fall is within 0.03 of 0 with its interval and the training loss
is not clearly higher by a tenth; and is **harmless** otherwise: perhaps unusual, but learnable.
Before a card destroys or hurts, A may learn twice as long (see ``compare``): strong changes slow
learning down, which is no harm where there is time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.meter.records import ClassReading, ClassVerdict, Estimate, Verdict
from engine.meter.statistics import class_estimates, estimate, holm, ratio

__all__ = ["Evidence", "Judgement", "acquitted", "judge"]

LEVEL = 0.05
LEVEL_ALONE = 0.025
"""For what rests on one test instead of two: half, as in the 95 % interval of the overall gain."""
CLEAR = 0.10
WORSE = -0.02
NOTHING = 0.03
WIDE = 0.20
HARDER = 1.1
FEWEST = 8


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Outcomes ``[SEEDS, n]`` of one comparison: shares recognised, image by image.

    ``clean``, ``augmented``: W on unchanged and changed images; ``trained``, ``relearned``: A on
    unchanged and changed ones (these balanced). ``units``: see :mod:`engine.meter.statistics`.
    """

    labels: np.ndarray
    folds: np.ndarray
    clean: np.ndarray
    augmented: np.ndarray
    trained: np.ndarray
    relearned: np.ndarray
    units: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the evidence says, without the words."""

    verdict: Verdict
    affinity: Estimate
    fall: Estimate
    gain: Estimate
    classes: tuple[ClassReading, ...]


def judge(evidence: Evidence, names: tuple[str, ...], diversity: Estimate) -> Judgement:
    """The judgement by the rule above."""
    labels, folds, units = evidence.labels, evidence.folds, evidence.units
    fall = estimate(evidence.augmented - evidence.clean, labels, folds, units)
    gain = estimate(evidence.trained - evidence.clean, labels, folds, units)
    rows = _classes(evidence, names)
    return Judgement(
        _overall(rows, fall, gain, diversity),
        ratio(evidence.augmented, evidence.clean, labels, folds, units),
        fall,
        gain,
        rows,
    )


def acquitted(found: Judgement) -> Judgement:
    """The same numbers, judged harmless: what was lost in short trainings came back in longer."""
    rows = tuple(
        replace(row, verdict="fine") if row.verdict == "hurt" else row for row in found.classes
    )
    return replace(found, verdict="harmless", classes=rows)


def _overall(
    rows: Sequence[ClassReading], fall: Estimate, gain: Estimate, diversity: Estimate
) -> Verdict:
    verdicts = [row.verdict for row in rows]
    if "destroyed" in verdicts:
        return "destroys"
    if "hurt" in verdicts or (gain.high < 0 and gain.value <= WORSE):
        return "hurts"
    if gain.low > 0:
        return "helps"
    if gain.low < -CLEAR:
        return "unsure"
    if fall.low > -NOTHING and fall.high < NOTHING and diversity.low <= HARDER:
        return "adds_nothing"
    return "harmless"


def _classes(evidence: Evidence, names: tuple[str, ...]) -> tuple[ClassReading, ...]:
    count = len(names)
    falls = _tested(evidence, evidence.augmented - evidence.clean, count)
    misses = _tested(evidence, evidence.relearned - evidence.clean, count)
    gains = _tested(evidence, evidence.trained - evidence.clean, count)
    rows: list[ClassReading] = []
    for label, name in enumerate(names):
        own = evidence.labels == label
        n = int(own.sum())
        shares = [_share(hits[:, own]) for hits in _four(evidence)]
        verdict: ClassVerdict = "unsure"
        fall, gain = falls.estimates[label], gains.estimates[label]
        if fall is not None and n >= FEWEST:
            known = shares[0] >= 1 / count + CLEAR
            verdict = _of_class(label, falls, misses, gains, known=known)
        clean, augmented, relearned, trained = shares
        rows.append(
            ClassReading(name, n, clean, augmented, relearned, trained, fall, gain, verdict)
        )
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class _Tested:
    """Per class: means with intervals, corrected chances that each is below and above 0."""

    estimates: list[Estimate | None]
    below: list[float]
    above: list[float]

    def clearly_below(self, label: int, level: float) -> bool:
        found = self.estimates[label]
        return found is not None and self.below[label] < level and found.value <= -CLEAR


def _tested(evidence: Evidence, values: np.ndarray, count: int) -> _Tested:
    found, errors = class_estimates(values, evidence.labels, evidence.folds, count, evidence.units)
    means = [one.value if one is not None else 0.0 for one in found]
    return _Tested(found, holm(means, errors, below=True), holm(means, errors, below=False))


def _of_class(
    label: int, falls: _Tested, misses: _Tested, gains: _Tested, *, known: bool
) -> ClassVerdict:
    fall, miss, gain = (part.estimates[label] for part in (falls, misses, gains))
    assert fall is not None and miss is not None and gain is not None  # noqa: PT018 - one fact
    lost = falls.clearly_below(label, LEVEL) and misses.clearly_below(label, LEVEL)
    if known and lost and miss.value <= fall.value / 2:
        return "destroyed"
    if gains.clearly_below(label, LEVEL_ALONE):
        return "hurt"
    if gains.above[label] < LEVEL_ALONE:
        return "helped"
    return "fine" if known and gain.low > -WIDE else "unsure"


def _four(evidence: Evidence) -> tuple[np.ndarray, ...]:
    return evidence.clean, evidence.augmented, evidence.relearned, evidence.trained


def _share(hits: np.ndarray) -> float:
    return float(hits.mean()) if hits.size else 0.0
