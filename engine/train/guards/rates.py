"""Whether the learning rate moves the weights, and comes to rest in time."""

from __future__ import annotations

from typing_extensions import override

from engine.numbers import percent
from engine.train.flow import USUAL_UPDATE
from engine.train.guards.base import Facts, Finding, Guard

__all__ = ["HighEnd", "IdleRate"]

_IDLE = 1e-3 * USUAL_UPDATE


class IdleRate(Guard):
    """Updates a thousand times smaller than usual, for a tenth of the run and an epoch at least.

    The middle node then changes by less than a millionth of its weights per update
    (:data:`engine.train.flow.USUAL_UPDATE`, a rule of Stanford's CS231n): those epochs are wasted.
    """

    kind = "idle_rate"

    @override
    def judge(self, facts: Facts) -> Finding | None:
        since = 0
        for look in reversed(facts.looks):
            if look.change is None or look.change >= _IDLE:
                break
            since = look.epoch
        if not since or facts.epoch - since < max(1, 0.1 * facts.plan.epochs):
            return None
        fallen = facts.lr < 0.5 * facts.plan.peak
        remedy = (
            "Fewer epochs, or a schedule that falls less steeply, use the time better."
            if fallen
            else "Raise the learning rate."
        )
        return Finding(
            f"Since epoch {since} an update changes the weights by less than a millionth: at a "
            f"learning rate of {facts.lr:.1g} nothing is learned any more. {remedy}",
            "training.schedule" if fallen else "training.optimizer.lr",
        )


class HighEnd(Guard):
    """The run ends at more than 30 % of the peak rate, without an average of the weights.

    Weights still jump about then; going to zero at the end gains accuracy in most settings (Defazio
    et al., "Optimal linear decay learning rate schedules and further refinements", 2023).
    """

    kind = "high_end"

    @override
    def judge(self, facts: Facts) -> Finding | None:
        plan = facts.plan
        share = facts.lr / plan.peak if plan.peak else 0.0
        if not facts.over or plan.epochs < 5 or share < 0.3 or plan.averaged:
            return None
        return Finding(
            f"The learning rate is still at {percent(share, 0)} of its peak in the last epoch, so "
            "the weights have not settled. A schedule that ends near zero, such as cosine, usually "
            "gains the last points of accuracy.",
            "training.schedule",
            "note",
        )
