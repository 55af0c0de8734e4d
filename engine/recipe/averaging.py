"""Averages of the weights over many updates, which are validated and kept in their place."""

from __future__ import annotations

from typing import ClassVar, Literal

from engine.spec import Spec, param

__all__ = ["Averaging"]


class Averaging(Spec):
    """Settings of the average; where there is one, the run is judged and known by it."""

    section: ClassVar[str] = "Averaging of weights"

    averaging: Literal["none", "ema", "swa"] = param(
        "none",
        label="Average",
        help="Validates and keeps an average of the weights instead of the last ones; training "
        "itself goes on with its own. Ema follows them with a fading memory and makes the epochs "
        "less noisy, at the cost of one more copy of the weights. Swa is the plain mean over the "
        "last epochs, between which the learning rate stays where it was. None by default: a "
        "schedule that ends near zero averages by itself.",
    )
    ema_decay: float = param(
        0.998,
        label="EMA decay",
        ge=0.5,
        lt=1,
        search=(0.99, 0.9995),
        advanced=True,
        help="Memory of the fading average: 0.998 looks back over about 500 updates, a fifth of a "
        "run of the usual 2,400. At first it is shorter, so that the random start is soon "
        "forgotten.",
    )
    swa_share: float = param(
        0.25,
        label="SWA share",
        gt=0,
        le=0.9,
        step=0.05,
        search=(0.1, 0.5),
        advanced=True,
        help="Last part of the run over whose epochs the plain mean is taken. The method's authors "
        "use a quarter. The schedule's learning rate stays where it is when this part "
        "begins; batch norm's averages are taken anew before each validation, from up to 10,000 "
        "training images.",
    )
