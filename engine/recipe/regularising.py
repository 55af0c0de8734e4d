"""What keeps a network from learning by heart, beside augmentation and weight decay."""

from __future__ import annotations

from typing import ClassVar

from engine.spec import Spec, param

__all__ = ["Regularising"]


class Regularising(Spec):
    """Settings of penalties on the weights, and of noise in the whole model."""

    section: ClassVar[str] = "Regularisation"

    dropout: float | None = param(
        None,
        ge=0,
        lt=1,
        step=0.05,
        search=(0.0, 0.5),
        help="One rate for every dropout layer of the model, and for the blocks that use dropout, "
        "in place of their own. Empty by default: each keeps its own. 0.2 to 0.5 is usual before "
        "the class scores; more helps where training is far better than validation.",
    )
    drop_path: float | None = param(
        None,
        label="Stochastic depth",
        ge=0,
        lt=1,
        step=0.05,
        search=(0.0, 0.3),
        help="How often the last block of the model leaves out its branch; the rates rise evenly "
        "from 0 at the first block. Acts on stochastic depth layers and on blocks that have the "
        "setting, in place of their own. Empty by default: each keeps its own. 0.1 for small, 0.3 "
        "for deep networks.",
    )
    l1: float = param(
        0.0,
        label="L1 penalty",
        ge=0,
        le=1,
        search=(0.0, 1e-4),
        advanced=True,
        help="Pulls every weight towards zero by the same amount, whatever its size, so that many "
        "end near it: adds this times the sum of their absolute values to the loss that is "
        "minimised, not to the one that is shown. Biases and norms are left out, as with weight "
        "decay. 0 by default: weight decay generalises better; 0.00001 is a start.",
    )
    max_norm: float | None = param(
        None,
        label="Largest filter norm",
        gt=0,
        le=1_000,
        scale="log",
        search=(1.0, 5.0),
        advanced=True,
        help="After each update the weights of an output filter that are longer than this are "
        "shortened to it. 3 to 4 is usual together with dropout and a high learning rate. Off by "
        "default: batch norm makes the length of a filter meaningless.",
    )
