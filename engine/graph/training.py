"""What a node says about its training, beside its layer."""

from __future__ import annotations

from typing import ClassVar

from engine.spec import Spec, param

__all__ = ["NodeTraining"]


class NodeTraining(Spec):
    """How fast a node's weights learn, compared with the rest of the model."""

    title: ClassVar[str] = "Training"

    lr_factor: float = param(
        1.0,
        label="Learning rate factor",
        ge=0,
        le=10,
        scale="log",
        search=(0.01, 1.0),
        help="Multiplies the learning rate for the weights of this node. 1 trains it like the "
        "rest. 0 freezes it: its weights and its batch norm statistics stay as they are. For "
        "loaded weights 0.1 is usual: they are good already, and large steps would destroy what "
        "they know. In a block it multiplies the factors inside.",
    )
