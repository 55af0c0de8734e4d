"""Spikes and divergence, from the loss of every step."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Any

from engine.train.guards.base import Finding, Plan

__all__ = ["BLOCK", "Diverged", "judge_losses"]

BLOCK = 32
"""Steps between two judgements, whose middle loss stands for them."""

_RECENT = 4 * BLOCK
_SIGMAS = 8.0
_NORMAL = 1.4826  # brings the median absolute deviation to a normal distribution's sigma
_IN_A_ROW = 3
_BAD_BLOCKS = 4


class Diverged(Exception):
    """The loss does not come back; ``step`` is the update at which that was clear."""

    def __init__(self, step: int, loss: float) -> None:
        super().__init__(f"the loss has diverged to {loss:.3g} by step {step}")
        self.step = step
        self.value = loss


def judge_losses(
    memory: dict[str, Any], losses: Sequence[float], plan: Plan, *, step: int, epoch: int
) -> dict[str, Finding]:
    """What the losses of some steps more say: findings by kind (``spike``, ``divergence``).

    ``memory`` holds plain values and is changed; it is empty at first. ``step`` counts the updates
    with these. The answers depend on the losses alone, not on how they are portioned.

    A spike is three steps in a row above the median of the last 128 by 8 robust standard deviations
    (of the median absolute deviation: Hampel, "The influence curve and its role in robust
    estimation", 1974) and above :attr:`Plan.chance`: worse than guessing. Divergence is 128 steps
    with medians worse than guessing, after the loss was lower before, or at twice that of guessing
    whatever was before, and not on their way back.
    """
    found: dict[str, Finding] = {}
    recent: list[float] = memory.setdefault("recent", [])
    limit, high = memory.get("limit", math.inf), memory.get("high", 0)
    for number, loss in enumerate(losses, step - len(losses) + 1):
        recent.append(loss)
        high = high + 1 if loss > limit else 0
        if high == _IN_A_ROW:
            found.setdefault("spike", _spike(loss, memory["middle"], number, epoch))
        if number % BLOCK == 0:
            if _diverges(memory, statistics.median(recent[-BLOCK:]), plan.chance):
                found.setdefault("divergence", _divergence(memory, plan, number, epoch))
            limit = _limit(memory, plan.chance)
    memory |= {"limit": limit, "high": high}
    if not math.isfinite(limit):  # JSON knows no infinity
        del memory["limit"]
    return found


def _limit(memory: dict[str, Any], chance: float) -> float:
    """From what loss on a step counts as high; infinite while too few are known."""
    recent = memory["recent"]
    del recent[:-_RECENT]
    if len(recent) < 3 * BLOCK:
        return math.inf
    middle = memory["middle"] = statistics.median(recent)
    spread = _NORMAL * statistics.median(abs(loss - middle) for loss in recent)
    return max(chance, middle + _SIGMAS * spread)


def _diverges(memory: dict[str, Any], middle: float, chance: float) -> bool:
    """Takes the median of one block more; says whether the loss is bad and stays so."""
    lowest = memory.get("lowest", middle)
    lost = lowest < 0.9 * chance and middle > max(chance, 1.5 * lowest)
    bad = lost or middle > 2 * chance
    blocks = memory["bad"] = [*memory.get("bad", []), middle][-_BAD_BLOCKS:] if bad else []
    memory["lowest"] = min(lowest, middle)
    return len(blocks) == _BAD_BLOCKS and middle >= 0.8 * blocks[0]


def _spike(loss: float, before: float, step: int, epoch: int) -> Finding:
    return Finding(
        f"The training loss jumped from about {before:.2g} to {loss:.2g} at step {step} (epoch "
        f"{epoch}). If it happens again, clip the gradients at 1 or lower the learning rate.",
        "training.clip_norm",
    )


def _divergence(memory: dict[str, Any], plan: Plan, step: int, epoch: int) -> Finding:
    now, lowest = memory["bad"][-1], memory["lowest"]
    before = f" It was {lowest:.2g} before." if lowest < plan.chance else ""
    return Finding(
        f"The training diverges: at step {step} (epoch {epoch}) the loss is {now:.2g} and does not "
        f"come down, where guessing gives {plan.chance:.2g}.{before} Lower the learning rate, for "
        f"instance to {plan.peak / 3:.1g}.",
        "training.optimizer.lr",
    )
