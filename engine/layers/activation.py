"""Activations: the bend between two linear steps, without which depth would be worth nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from typing_extensions import override

from engine.layers.base import LAYERS, Category, Layer, Shape
from engine.spec import param

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Gelu", "LeakyRelu", "Prelu", "Relu", "Sigmoid", "Silu", "Tanh"]

_INPLACE = (
    "Overwrite the input instead of keeping both: saves memory, changes no result. Ignored where "
    "another node needs the input."
)


class _Activation(Layer):
    category: ClassVar[Category] = "Activation"


@LAYERS.register
class Relu(_Activation):
    """``max(0, x)`` (Nair and Hinton, 2010)."""

    kind = "relu"
    title = "ReLU"
    summary = "Keeps what is positive and drops the rest: fast, and right in most places."

    inplace: bool = param(False, label="In place", advanced=True, help=_INPLACE)

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from torch import nn

        return nn.ReLU(inplace=self.inplace)


@LAYERS.register
class LeakyRelu(_Activation):
    """``x`` where positive, else ``slope * x`` (Maas et al., 2013)."""

    kind = "leaky_relu"
    title = "Leaky ReLU"
    summary = "A ReLU that lets a little of the negative side through, so that no channel dies."

    slope: float = param(
        0.01, ge=0, le=1, search=(0.01, 0.3), help="How much of a negative value passes."
    )
    inplace: bool = param(False, label="In place", advanced=True, help=_INPLACE)

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from torch import nn

        return nn.LeakyReLU(self.slope, inplace=self.inplace)


@LAYERS.register
class Prelu(_Activation):
    """A leaky ReLU whose slope is learned (He et al., "Delving deep into rectifiers", 2015)."""

    kind = "prelu"
    title = "PReLU"
    summary = "A leaky ReLU that learns its slope."

    shared: bool = param(
        False, help="One slope for all channels instead of one for each: fewer values to learn."
    )

    @override
    def parameters(self, inputs: tuple[Shape, ...]) -> int:
        return 1 if self.shared else inputs[0][0]

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from torch import nn

        return nn.PReLU(self.parameters(inputs))


@LAYERS.register
class Gelu(_Activation):
    """``x * Phi(x)`` with the normal distribution's Phi (Hendrycks and Gimpel, 2016)."""

    kind = "gelu"
    title = "GELU"
    summary = "A smooth ReLU, usual in transformers and ConvNeXt; a little slower."

    approximate: Literal["none", "tanh"] = param(
        "none",
        label="Approximation",
        advanced=True,
        help="“tanh” computes a close formula that is faster on some devices.",
    )

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from torch import nn

        return nn.GELU(approximate=self.approximate)


@LAYERS.register
class Silu(_Activation):
    """``x * sigmoid(x)``, also called swish (Ramachandran, Zoph and Le, 2017)."""

    kind = "silu"
    title = "SiLU (swish)"
    summary = "A smooth activation, usual in EfficientNet; often a little better than ReLU."

    inplace: bool = param(False, label="In place", advanced=True, help=_INPLACE)

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from torch import nn

        return nn.SiLU(inplace=self.inplace)


@LAYERS.register
class Sigmoid(_Activation):
    """``1 / (1 + exp(-x))``."""

    kind = "sigmoid"
    title = "Sigmoid"
    summary = "Squeezes values to 0…1: for gates that are multiplied with something."

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from torch import nn

        return nn.Sigmoid()


@LAYERS.register
class Tanh(_Activation):
    """The hyperbolic tangent."""

    kind = "tanh"
    title = "Tanh"
    summary = "Squeezes values to −1…1; found in older networks."

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from torch import nn

        return nn.Tanh()
