"""Regularisation inside the network: noise during training that keeps it from learning by heart."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from engine.layers.base import LAYERS, Category, Layer, Shape
from engine.layers.windows import need_image
from engine.spec import param

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Dropout", "Dropout2d"]


class _Dropout(Layer):
    category: ClassVar[Category] = "Regularisation"

    rate: float = param(
        0.2,
        ge=0,
        lt=1,
        step=0.05,
        search=(0.0, 0.5),
        help="Share that is set to zero at random in each training step. 0 switches it off.",
    )


@LAYERS.register
class Dropout(_Dropout):
    """Sets single values to zero during training (Srivastava et al., 2014)."""

    kind = "dropout"
    title = "Dropout"
    summary = "Against overfitting: drops single values at random; usual before the class scores."

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from torch import nn

        return nn.Dropout(self.rate)


@LAYERS.register
class Dropout2d(_Dropout):
    """Sets whole channels to zero during training (Tompson et al., 2015)."""

    kind = "dropout2d"
    title = "Channel dropout"
    summary = "Against overfitting between convolutions: drops whole channels at random."

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        need_image(inputs, self.title)
        return inputs[0]

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from torch import nn

        return nn.Dropout2d(self.rate)
