"""What watches over a run, and what it may do on its own."""

from __future__ import annotations

from typing import ClassVar

from engine.spec import Spec, param

__all__ = ["Guarding"]


class Guarding(Spec):
    """Settings of the guards, which say what goes wrong, and of the repair, which acts on it."""

    section: ClassVar[str] = "Guards"

    guards: bool = param(
        True,
        help="Look for what usually goes wrong (no learning, loss spikes, dead units, vanishing "
        "gradients, overfitting, a starved device) and say it in a sentence. On by default: it "
        "changes no weight, and takes less than a hundredth of the time.",
    )
    self_repair: bool = param(
        False,
        label="Repair by itself",
        advanced=True,
        help="When the loss diverges or is no longer a number, go back to the last good epoch, go "
        "on with a third of the learning rate and gradients clipped at 1, at most three times. "
        "Off by default: a run that needs it has a setting that is better corrected, and it keeps "
        "a copy of the weights and the optimizer's averages in memory.",
    )
