"""Regularisation inside the network: noise during training that keeps it from learning by heart."""

from __future__ import annotations

from typing import ClassVar, Literal

from typing_extensions import override

from engine.layers.base import LAYERS, Category, Layer, Shape
from engine.layers.code import Make, make
from engine.layers.windows import need_image
from engine.spec import param

__all__ = ["DropPath", "Dropout", "Dropout2d"]


class _Dropout(Layer):
    category: ClassVar[Category] = "Regularisation"
    module_name: ClassVar[str] = ""

    rate: float = param(
        0.2,
        ge=0,
        lt=1,
        step=0.05,
        search=(0.0, 0.5),
        help="Share that is set to zero at random in each training step. 0 switches it off.",
    )
    inplace: bool = param(
        False,
        label="In place",
        advanced=True,
        help="Overwrite the input instead of keeping both: saves memory, changes no result. "
        "Ignored where another node needs the input.",
    )

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make(f"nn.{self.module_name}", self.rate, inplace=(self.inplace, False))


@LAYERS.register
class Dropout(_Dropout):
    """Sets single values to zero during training (Srivastava et al., 2014)."""

    kind = "dropout"
    title = "Dropout"
    summary = "Against overfitting: drops single values at random; usual before the class scores."
    module_name = "Dropout"


@LAYERS.register
class Dropout2d(_Dropout):
    """Sets whole channels to zero during training (Tompson et al., 2015)."""

    kind = "dropout2d"
    title = "Channel dropout"
    summary = "Against overfitting between convolutions: drops whole channels at random."
    module_name = "Dropout2d"

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        need_image(inputs, self.title)
        return inputs[0]


@LAYERS.register
class DropPath(Layer):
    """Leaves a branch out at random (Huang et al., "Deep networks with stochastic depth", 2016).

    Put it at the end of a residual branch, before the addition. What is kept is divided by the
    share that is kept, so that the mean stays the same.
    """

    kind = "drop_path"
    title = "Stochastic depth"
    category: ClassVar[Category] = "Regularisation"
    summary = (
        "Drop path: leaves out whole branches at random; at the end of a branch of a deep network."
    )

    rate: float = param(
        0.1,
        ge=0,
        lt=1,
        step=0.05,
        search=(0.0, 0.3),
        help="How often the branch is left out. Usual: from 0 in the first block rising to this.",
    )
    mode: Literal["row", "batch"] = param(
        "row",
        advanced=True,
        help="“row” decides for each image by itself, “batch” once for the whole batch.",
    )

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make("StochasticDepth", self.rate, mode=(self.mode, "row"))
