"""A judgement as a plain sentence."""

from __future__ import annotations

from collections.abc import Sequence

from engine.meter.records import ClassReading, Estimate
from engine.meter.verdict import Judgement

__all__ = ["MIXES", "sentence", "slows"]

MIXES = "It mixes labels by design, so only its effect on unchanged images is measured. "
_MOST = 3


def sentence(found: Judgement, diversity: Estimate) -> str:
    """What the judgement means for the person, with the numbers that it rests on."""
    if found.verdict == "destroys":
        return _destroys([row for row in found.classes if row.verdict == "destroyed"])
    if found.verdict == "hurts":
        return _hurts(found)
    if found.verdict == "helps":
        return f"Helps: {change(found.gain)}{_average(found)}."
    if found.verdict == "adds_nothing":
        return (
            f"Adds nothing: a model trained without it recognises the changed images as well "
            f"(accuracy {_signed(found.fall)}), and they are no harder to learn."
        )
    if found.verdict == "unsure":
        return f"Not enough images to tell: {change(found.gain)}."
    return _harmless(found, diversity)


def slows(found: Judgement, in_time: Judgement) -> str:
    """For a loss that is no longer clear after trainings of twice the length, ``in_time``."""
    hurt = [row.name for row in found.classes if row.verdict == "hurt"]
    if not hurt:
        return (
            f"Slows learning: {change(found.gain)}; after training twice as long "
            f"{_signed(in_time.gain)}, no clear loss."
        )
    later = {row.name: row for row in in_time.classes}
    shown = [
        f"“{row.name}” ({row.clean:.2f} to {row.trained:.2f}, after training twice as long "
        f"{later[row.name].trained:.2f})"
        for row in found.classes
        if row.verdict == "hurt"
    ]
    return (
        f"Slows learning of {'class' if len(hurt) == 1 else 'classes'} {_listed(shown)}: accuracy "
        "on unchanged images, no clear loss in the end."
    )


def change(gain: Estimate) -> str:
    """How accuracy on unchanged images differs, with its interval."""
    return f"accuracy on unchanged images {_signed(gain)}"


def _destroys(rows: Sequence[ClassReading]) -> str:
    noun = "class" if len(rows) == 1 else "classes"
    told = "; ".join(
        f"“{row.name}”: accuracy {row.clean:.2f} to {row.augmented:.2f}{_reach(row)}"
        for row in rows[:_MOST]
    )
    more = f"; and {len(rows) - _MOST} more" if len(rows) > _MOST else ""
    return (
        f"Destroys {noun} {told}{more}. A model trained with it cannot tell the changed images "
        "either."
    )


def _reach(row: ClassReading) -> str:
    """The interval of the accuracy that is left, where the accuracy before is taken as it is."""
    if row.fall is None:
        return ""
    low, high = (min(1.0, max(0.0, row.clean + end)) for end in (row.fall.low, row.fall.high))
    return f" (95 % interval {low:.2f} to {high:.2f})"


def _hurts(found: Judgement) -> str:
    hurt = [row for row in found.classes if row.verdict == "hurt"]
    if not hurt:
        return f"Hurts: {change(found.gain)}."
    shown = [f"“{row.name}” ({row.clean:.2f} to {row.trained:.2f})" for row in hurt]
    return (
        f"Hurts {'class' if len(hurt) == 1 else 'classes'} {_listed(shown)}: accuracy on unchanged "
        "images of a model trained with it."
    )


def _harmless(found: Judgement, diversity: Estimate) -> str:
    if found.fall.high < 0 and found.fall.value <= -0.05:
        return (
            f"Unusual but learnable: a model that never saw it loses accuracy "
            f"({_signed(found.fall)}), one trained with it does not clearly gain or lose "
            f"({_signed(found.gain)})."
        )
    loss = f"training loss ×{diversity.value:.1f}"
    return f"Harmless: {change(found.gain)}, which may be chance; {loss}."


def _average(found: Judgement) -> str:
    helped = [row for row in found.classes if row.verdict == "helped"]
    if not helped:
        return ""
    best = max(helped, key=lambda row: row.trained - row.clean)
    return f"; most for “{best.name}” ({best.clean:.2f} to {best.trained:.2f})"


def _signed(value: Estimate) -> str:
    return f"{value.value:+.2f}, 95 % interval {value.low:+.2f} to {value.high:+.2f}".replace(
        "-", "−"
    )


def _listed(parts: Sequence[str]) -> str:
    shown = list(parts[:_MOST])
    if len(parts) > _MOST:
        shown.append(f"{len(parts) - _MOST} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if shown[1:] else shown)
