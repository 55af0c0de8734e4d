"""The meter's numbers and verdicts as words, icons and tones."""

from __future__ import annotations

from typing import Final

from engine.meter import VERDICTS, Estimate, Reading
from engine.meter.records import Verdict

__all__ = [
    "CLASS_WORDS",
    "FIGURES",
    "estimate_of",
    "figure_of",
    "interval",
    "made_of",
    "own_words",
    "short_words",
    "signed",
    "verdict_words",
    "with_interval",
]

NONE = "–"
CLASS_WORDS: Final = {
    "destroyed": "Destroyed",
    "hurt": "Hurt",
    "helped": "Helped",
    "fine": "Fine",
    "unsure": "Too few images",
}
"""What a card does to one class."""

FIGURES: Final = {
    "affinity": (
        "Affinity",
        "Accuracy on changed images over accuracy on unchanged ones, of models that were trained "
        "without it. 1: they do not mind; far below 1: the images look foreign to them.",
    ),
    "diversity": (
        "Diversity",
        "Training loss with it over training loss without. Above 1: there is more to learn; 1: it "
        "adds nothing.",
    ),
    "gain": (
        "Accuracy gained",
        "Accuracy on unchanged images of models trained with it, less that of models trained "
        "without it.",
    ),
}
"""The three numbers of a reading: name on screen, and what it means."""


def estimate_of(reading: Reading, figure: str) -> Estimate | None:
    """One of :data:`FIGURES`; None where it is not measured."""
    return {"affinity": reading.affinity, "diversity": reading.diversity, "gain": reading.gain}[
        figure
    ]


def signed(value: float) -> str:
    """A difference with its sign: ``+0.03``, ``−0.10``, ``0.00``."""
    text = f"{value:+.2f}".replace("-", "−")
    return "0.00" if text in ("+0.00", "−0.00") else text


def figure_of(figure: str, value: float) -> str:
    """A number as its figure is written: differences with their sign."""
    return signed(value) if figure in ("gain", "fall") else f"{value:.2f}"


def interval(figure: str, found: Estimate) -> str:
    """The ends of a 95 % interval: ``0.90 to 0.96``."""
    return f"{figure_of(figure, found.low)} to {figure_of(figure, found.high)}"


def with_interval(figure: str, found: Estimate | None) -> str:
    """A value and its interval: ``0.93 [0.90 to 0.96]``; a dash where there is none."""
    if found is None:
        return NONE
    return f"{figure_of(figure, found.value)} [{interval(figure, found)}]"


def verdict_words(reading: Reading) -> str:
    """The verdict in a few words, with the classes that it is about."""
    classes = reading.destroyed if reading.verdict == "destroys" else ()
    if len(classes) == 1:
        return f"Destroys “{classes[0]}”"
    return f"Destroys {len(classes)} classes" if classes else short_words(reading.verdict)


def short_words(verdict: Verdict) -> str:
    """A verdict for a table or legend; short where the engine's words are a sentence."""
    return CLASS_WORDS["unsure"] if verdict == "unsure" else VERDICTS[verdict]


def made_of(reading: Reading) -> str:
    """Where a reading comes from, in a sentence."""
    how = reading.how
    return (
        f"Judged on {how.images:,} training and validation images, each by models that had not "
        f"seen it: {how.trainings} short trainings with it and {how.trainings} without, "
        f"{how.steps:,} steps each, of {how.model}. Test images were not used. Intervals are 95 %."
    )


def own_words(reading: Reading) -> str:
    """How the person's own model takes the changed images; empty where it was not asked."""
    own = reading.own
    if own is None:
        return ""
    return (
        f"Your run {own.run}, trained without it: accuracy {own.clean:.2f} to {own.augmented:.2f} "
        f"on {own.n:,} changed validation images "
        f"(affinity {with_interval('affinity', own.affinity)})."
    )
