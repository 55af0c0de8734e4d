"""What the meter says: plain values, to JSON and back. No torch, no numpy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

__all__ = [
    "VERDICTS",
    "ClassReading",
    "ClassVerdict",
    "Estimate",
    "How",
    "OwnModel",
    "Reading",
    "Verdict",
]

Verdict = Literal["destroys", "hurts", "helps", "adds_nothing", "harmless", "unsure"]
ClassVerdict = Literal["destroyed", "hurt", "helped", "fine", "unsure"]

VERDICTS: Final[dict[Verdict, str]] = {
    "destroys": "Destroys a class",
    "hurts": "Hurts",
    "helps": "Helps",
    "adds_nothing": "Adds nothing",
    "harmless": "Harmless",
    "unsure": "Not enough images to tell",
}
"""Every verdict with the words for it."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured value with its 95 % interval."""

    value: float
    low: float
    high: float

    @classmethod
    def from_json(cls, value: Any) -> Estimate:
        """What ``asdict`` gave; raises KeyError, TypeError or ValueError for anything else."""
        found = cls(*(float(value[name]) for name in ("value", "low", "high")))
        if not all(math.isfinite(number) for number in asdict(found).values()):
            raise ValueError("a number is not finite")
        return found


@dataclass(frozen=True, slots=True)
class ClassReading:
    """What a card does to one class. Accuracies are shares of the class's own images.

    Attributes:
        name, n: the class, and how many of its images were judged.
        clean: accuracy on unchanged images of models trained without the card.
        augmented: their accuracy on images that the card changed.
        relearned: accuracy on such images of models trained with the card, their answers balanced
            (see ``engine.meter.runs.balanced``).
        trained: accuracy on unchanged images of models trained with the card.
        fall: ``augmented - clean``, gain: ``trained - clean``; ``None`` where there is no image.
        verdict: ``destroyed``, ``hurt``, ``helped``, ``fine`` or ``unsure`` (too few images).
    """

    name: str
    n: int
    clean: float
    augmented: float
    relearned: float
    trained: float
    fall: Estimate | None
    gain: Estimate | None
    verdict: ClassVerdict

    @classmethod
    def from_json(cls, value: Any) -> ClassReading:
        """What ``asdict`` gave; raises KeyError, TypeError or ValueError for anything else."""
        if value["verdict"] not in ("destroyed", "hurt", "helped", "fine", "unsure"):
            raise ValueError("no such verdict")
        return cls(
            str(value["name"]),
            int(value["n"]),
            float(value["clean"]),
            float(value["augmented"]),
            float(value["relearned"]),
            float(value["trained"]),
            _estimate(value["fall"]),
            _estimate(value["gain"]),
            value["verdict"],
        )


@dataclass(frozen=True, slots=True)
class How:
    """Where a reading comes from.

    Attributes:
        images: how many were judged, each by models that had not seen it.
        trained_on: how many images one training saw.
        steps: updates of one training.
        trainings: how many were made with the card, and as many without.
        model: the network in words.
        seconds: what the measurement took, without the trainings that all cards share.
    """

    images: int
    trained_on: int
    steps: int
    trainings: int
    model: str
    seconds: float

    @classmethod
    def from_json(cls, value: Any) -> How:
        """What ``asdict`` gave; raises KeyError, TypeError or ValueError for anything else."""
        return cls(
            int(value["images"]),
            int(value["trained_on"]),
            int(value["steps"]),
            int(value["trainings"]),
            str(value["model"]),
            float(value["seconds"]),
        )


@dataclass(frozen=True, slots=True)
class OwnModel:
    """How a finished run that was trained without the card takes the changed validation images.

    ``run`` is its id; ``clean`` and ``augmented`` are its accuracies on ``n`` images, ``affinity``
    their ratio.
    """

    run: str
    n: int
    clean: float
    augmented: float
    affinity: Estimate

    @classmethod
    def from_json(cls, value: Any) -> OwnModel:
        """What ``asdict`` gave; raises KeyError, TypeError or ValueError for anything else."""
        return cls(
            str(value["run"]),
            int(value["n"]),
            float(value["clean"]),
            float(value["augmented"]),
            Estimate.from_json(value["affinity"]),
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """What one card, or the whole pipeline (``card`` is ``""``), does to a model.

    Affinity and diversity are those of Gontijo-Lopes, Smullin, Cubuk and Dyer (2020, "Affinity and
    Diversity: Quantifying Mechanisms of Data Augmentation").

    Attributes:
        card, title: the card's id and what it is called.
        verdict, sentence: the judgement, in one word and in plain words with numbers.
        affinity: accuracy on changed images over accuracy on unchanged ones, of models trained
            without the card; 1 says that they do not mind. ``None`` where labels are mixed.
        fall: the same as a difference.
        diversity: the last training loss with the card over that without; above 1 says that there
            is more to learn.
        gain: accuracy on unchanged images with the card less that without.
        classes: the same class by class; empty where labels are mixed.
        how: where the numbers come from.
        own: the same asked of the person's own model, ``None`` where no finished run fits.
    """

    card: str
    title: str
    verdict: Verdict
    sentence: str
    affinity: Estimate | None
    fall: Estimate | None
    diversity: Estimate
    gain: Estimate
    classes: tuple[ClassReading, ...]
    how: How
    own: OwnModel | None = None

    @property
    def destroyed(self) -> tuple[str, ...]:
        """The names of the classes that the card makes unrecognisable."""
        return tuple(row.name for row in self.classes if row.verdict == "destroyed")

    @property
    def harmed(self) -> tuple[str, ...]:
        """The names of the classes that it destroys or hurts."""
        return tuple(row.name for row in self.classes if row.verdict in ("destroyed", "hurt"))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; :meth:`from_json` gives an equal reading."""
        return asdict(self) | {"classes": [asdict(row) for row in self.classes]}

    @classmethod
    def from_json(cls, value: Any) -> Reading:
        """What ``to_json`` gave; raises KeyError, TypeError or ValueError for anything else."""
        if not isinstance(value, Mapping) or value["verdict"] not in VERDICTS:
            raise ValueError("not a reading")
        return cls(
            str(value["card"]),
            str(value["title"]),
            value["verdict"],
            str(value["sentence"]),
            _estimate(value["affinity"]),
            _estimate(value["fall"]),
            Estimate.from_json(value["diversity"]),
            Estimate.from_json(value["gain"]),
            tuple(ClassReading.from_json(row) for row in value["classes"]),
            How.from_json(value["how"]),
            None if value["own"] is None else OwnModel.from_json(value["own"]),
        )


def _estimate(value: Any) -> Estimate | None:
    return None if value is None else Estimate.from_json(value)
