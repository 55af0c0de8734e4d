"""Parts of a run in which something is different: frozen layers, smaller images."""

from __future__ import annotations

from typing import ClassVar

from engine.spec import Spec, param

__all__ = ["Stages"]

_STEPS = 4


class Stages(Spec):
    """Settings that change with the epoch."""

    section: ClassVar[str] = "Stages"

    freeze_epochs: int = param(
        0,
        label="Train the head alone for",
        unit="epochs",
        ge=0,
        le=10_000,
        search=(0, 5),
        advanced=True,
        help="For so many epochs only the last layer with weights learns, and batch norm keeps its "
        "averages; then all layers do, but for those that the model freezes. Of use with loaded "
        "weights: a head that starts at random would first send large, wrong gradients into good "
        "layers. 1 to 3 epochs are enough. 0 by default: a network that starts at random has "
        "nothing to protect.",
    )
    resize_from: float | None = param(
        None,
        label="Progressive resizing from",
        ge=0.25,
        lt=1,
        step=0.05,
        search=(0.5, 0.75),
        advanced=True,
        help="Trains on smaller images first, beginning with this share of the side, and growing "
        "in four steps: half the side takes about a quarter of the time. Validation looks at whole "
        "images. Off by default: small images lose what makes fine classes differ, and "
        "models that end in a flattening take one size only.",
    )
    resize_share: float = param(
        0.5,
        label="Resizing share",
        gt=0,
        le=0.9,
        step=0.05,
        search=(0.25, 0.75),
        advanced=True,
        help="First part of the run in which the images grow. Half of it, so that the other half "
        "settles what was learnt at the size that counts.",
    )

    def side_at(self, side: int, epoch: int, epochs: int) -> int:
        """The side in pixels that images of ``side`` have in ``epoch`` (from 0) of ``epochs``.

        Four sizes, evenly spaced below the whole one; even, for most networks halve it.
        """
        growing = round(self.resize_share * epochs)
        if self.resize_from is None or epoch >= growing:
            return side
        level = epoch * _STEPS // growing
        share = self.resize_from + (1.0 - self.resize_from) * level / _STEPS
        return min(side, max(2, 2 * round(share * side / 2)))

    def sides(self, side: int, epochs: int) -> tuple[int, ...]:
        """All sides of a run that differ from ``side``, growing."""
        if self.resize_from is None:
            return ()
        growing = round(self.resize_share * epochs)
        starts = (-(-level * growing // _STEPS) for level in range(_STEPS))
        found = dict.fromkeys(self.side_at(side, epoch, epochs) for epoch in starts)
        return tuple(small for small in found if small != side)
