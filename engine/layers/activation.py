"""Activations: the bend between two linear steps, without which depth would be worth nothing."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from typing_extensions import override

from engine.errors import FoveaError
from engine.layers.base import LAYERS, Category, Layer, Misfit, Shape, show
from engine.layers.code import Make, make
from engine.spec import param

__all__ = [
    "Celu",
    "Elu",
    "Gelu",
    "HardSigmoid",
    "HardSwish",
    "HardTanh",
    "LeakyRelu",
    "Mish",
    "Prelu",
    "Relu",
    "Relu6",
    "Selu",
    "Sigmoid",
    "Silu",
    "Softmax",
    "Softplus",
    "Softsign",
    "Tanh",
]

_INPLACE = (
    "Overwrite the input instead of keeping both: saves memory, changes no result. Ignored where "
    "another node needs the input."
)


def _inplace() -> Any:
    return param(False, label="In place", advanced=True, help=_INPLACE)


class Activation(Layer):
    """What activations have in common; ``module_name`` is the class in ``torch.nn``."""

    category: ClassVar[Category] = "Activation"
    module_name: ClassVar[str] = ""

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        inplace = self.values().get("inplace")
        options = {} if inplace is None else {"inplace": (inplace, False)}
        return make(f"nn.{self.module_name}", **self._options(), **options)

    def _options(self) -> dict[str, tuple[Any, Any]]:
        """The module's further arguments, each with its default."""
        return {}


@LAYERS.register
class Relu(Activation):
    """``max(0, x)`` (Nair and Hinton, 2010)."""

    kind = "relu"
    title = "ReLU"
    summary = "Keeps what is positive and drops the rest: fast, and right in most places."
    module_name = "ReLU"

    inplace: bool = _inplace()


@LAYERS.register
class Relu6(Activation):
    """``min(max(0, x), 6)`` (Krizhevsky, 2010)."""

    kind = "relu6"
    title = "ReLU6"
    summary = "A ReLU that ends at 6, so that few bits can hold its values; used in MobileNetV2."
    module_name = "ReLU6"

    inplace: bool = _inplace()


@LAYERS.register
class LeakyRelu(Activation):
    """``x`` where positive, else ``slope * x`` (Maas et al., 2013)."""

    kind = "leaky_relu"
    title = "Leaky ReLU"
    summary = "A ReLU that lets a little of the negative side through, so that no channel dies."
    module_name = "LeakyReLU"

    slope: float = param(
        0.01, ge=0, le=1, search=(0.01, 0.3), help="How much of a negative value passes."
    )
    inplace: bool = _inplace()

    @override
    def _options(self) -> dict[str, tuple[Any, Any]]:
        return {"negative_slope": (self.slope, 0.01)}


@LAYERS.register
class Prelu(Activation):
    """A leaky ReLU whose slope is learned (He et al., "Delving deep into rectifiers", 2015)."""

    kind = "prelu"
    title = "PReLU"
    summary = "A leaky ReLU that learns its slope."

    shared: bool = param(
        False, help="One slope for all channels instead of one for each: fewer values to learn."
    )
    start: float = param(
        0.25, ge=0, le=1, advanced=True, help="Where the slopes start; 0.25 is the paper's choice."
    )

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        if len(inputs[0]) == 2 and not self.shared:
            raise Misfit(
                f"{{0}} gives {show(inputs[0])}, where there is no slope for each channel. Switch "
                "on “Shared”.",
                "shared",
            )
        return inputs[0]

    @override
    def parameters(self, inputs: tuple[Shape, ...]) -> int:
        return 1 if self.shared else inputs[0][0]

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        count = self.parameters(inputs)
        return make("nn.PReLU", *([count] if count > 1 else []), init=(self.start, 0.25))


@LAYERS.register
class Elu(Activation):
    """``x`` where positive, else ``alpha * (exp(x) - 1)`` (Clevert et al., 2015)."""

    kind = "elu"
    title = "ELU"
    summary = "A ReLU with a smooth negative side, which keeps the mean near zero."
    module_name = "ELU"

    alpha: float = param(
        1.0, gt=0, le=10, search=(0.5, 2.0), help="How far down the negative side goes."
    )
    inplace: bool = _inplace()

    @override
    def _options(self) -> dict[str, tuple[Any, Any]]:
        return {"alpha": (self.alpha, 1.0)}


@LAYERS.register
class Celu(Activation):
    """``max(0, x) + min(0, alpha * (exp(x / alpha) - 1))`` (Barron, 2017)."""

    kind = "celu"
    title = "CELU"
    summary = "An ELU whose slope is steady at zero, whatever its depth."
    module_name = "CELU"

    alpha: float = param(
        1.0, gt=0, le=10, search=(0.5, 2.0), help="How far down the negative side goes."
    )
    inplace: bool = _inplace()

    @override
    def _options(self) -> dict[str, tuple[Any, Any]]:
        return {"alpha": (self.alpha, 1.0)}


@LAYERS.register
class Selu(Activation):
    """An ELU with fixed scales that keep mean 0 and variance 1 (Klambauer et al., 2017)."""

    kind = "selu"
    title = "SELU"
    summary = "An ELU that normalises by itself: for plain deep networks without normalisation."
    module_name = "SELU"

    inplace: bool = _inplace()


@LAYERS.register
class Gelu(Activation):
    """``x * Phi(x)`` with the normal distribution's Phi (Hendrycks and Gimpel, 2016)."""

    kind = "gelu"
    title = "GELU"
    summary = "A smooth ReLU, usual in transformers and ConvNeXt; a little slower."
    module_name = "GELU"

    approximate: Literal["none", "tanh"] = param(
        "none",
        label="Approximation",
        advanced=True,
        help="“tanh” computes a close formula that is faster on some devices.",
    )

    @override
    def _options(self) -> dict[str, tuple[Any, Any]]:
        return {"approximate": (self.approximate, "none")}


@LAYERS.register
class Silu(Activation):
    """``x * sigmoid(x)``, also called swish (Ramachandran, Zoph and Le, 2017)."""

    kind = "silu"
    title = "SiLU (swish)"
    summary = "A smooth activation, usual in EfficientNet; often a little better than ReLU."
    module_name = "SiLU"

    inplace: bool = _inplace()


@LAYERS.register
class Mish(Activation):
    """``x * tanh(softplus(x))`` (Misra, 2019)."""

    kind = "mish"
    title = "Mish"
    summary = "A smooth activation much like SiLU; a little slower."
    module_name = "Mish"

    inplace: bool = _inplace()


@LAYERS.register
class HardSwish(Activation):
    """``x * relu6(x + 3) / 6`` (Howard et al., "Searching for MobileNetV3", 2019)."""

    kind = "hardswish"
    title = "Hard swish"
    summary = "SiLU out of straight lines, quick on phones; used in MobileNetV3."
    module_name = "Hardswish"

    inplace: bool = _inplace()


@LAYERS.register
class HardSigmoid(Activation):
    """``relu6(x + 3) / 6`` (Courbariaux et al., 2015)."""

    kind = "hardsigmoid"
    title = "Hard sigmoid"
    summary = "A sigmoid out of straight lines, for gates on phones; used in MobileNetV3."
    module_name = "Hardsigmoid"

    inplace: bool = _inplace()


@LAYERS.register
class HardTanh(Activation):
    """``x``, cut off at a lowest and a highest value (Collobert, 2004)."""

    kind = "hardtanh"
    title = "Hard tanh"
    summary = "Cuts values off at a lowest and a highest one."
    module_name = "Hardtanh"

    lowest: float = param(-1.0, ge=-1000, le=1000, help="What smaller values become.")
    highest: float = param(1.0, ge=-1000, le=1000, help="What larger values become.")
    inplace: bool = _inplace()

    @override
    def validate_together(self) -> None:
        """Refuses a lowest value that is not below the highest."""
        if self.lowest >= self.highest:
            raise FoveaError(
                "FV-H002",
                f"The lowest value, {self.lowest:g}, is not below the highest, {self.highest:g}.",
                where="lowest",
                why="Every value would become the same.",
                fix="Choose a lowest value below the highest.",
            )

    @override
    def _options(self) -> dict[str, tuple[Any, Any]]:
        return {"min_val": (self.lowest, -1.0), "max_val": (self.highest, 1.0)}


@LAYERS.register
class Sigmoid(Activation):
    """``1 / (1 + exp(-x))``."""

    kind = "sigmoid"
    title = "Sigmoid"
    summary = "Squeezes values to 0…1: for gates that are multiplied with something."
    module_name = "Sigmoid"


@LAYERS.register
class Tanh(Activation):
    """The hyperbolic tangent."""

    kind = "tanh"
    title = "Tanh"
    summary = "Squeezes values to −1…1; found in older networks."
    module_name = "Tanh"


@LAYERS.register
class Softsign(Activation):
    """``x / (1 + |x|)`` (Bergstra et al., 2009)."""

    kind = "softsign"
    title = "Softsign"
    summary = "Squeezes values to −1…1 more gently than tanh."
    module_name = "Softsign"


@LAYERS.register
class Softplus(Activation):
    """``log(1 + exp(beta * x)) / beta`` (Dugas et al., 2001)."""

    kind = "softplus"
    title = "Softplus"
    summary = "A ReLU with a rounded corner; never exactly zero."
    module_name = "Softplus"

    beta: float = param(
        1.0, gt=0, le=100, search=(0.5, 5.0), help="How sharp the corner is; a ReLU when large."
    )

    @override
    def _options(self) -> dict[str, tuple[Any, Any]]:
        return {"beta": (self.beta, 1.0)}


@LAYERS.register
class Softmax(Activation):
    """``exp(x)`` divided by its sum over the channels, or over the features."""

    kind = "softmax"
    title = "Softmax"
    summary = "Shares that add up to 1 over the channels: for weighting; the loss has its own."

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make("nn.Softmax", dim=(2 if len(inputs[0]) == 2 else 1, None))
