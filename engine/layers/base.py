"""What every layer knows about itself, without torch: shape, cost and receptive field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from engine.layers.code import Code, Make
from engine.registry import Registry
from engine.spec import Spec

if TYPE_CHECKING:
    from torch import nn

__all__ = [
    "CATEGORIES",
    "GLOBAL",
    "LAYERS",
    "POINTWISE",
    "Category",
    "Frame",
    "Layer",
    "Misfit",
    "Reach",
    "Shape",
    "TooLarge",
    "TooSmall",
    "show",
]

Shape = tuple[int, ...]
"""A tensor's size without the batch.

``(channels, height, width)`` is an image, ``(tokens, features)`` a sequence, such as the pixels of
an image in reading order, and ``(features,)`` a list of features.
"""

Category = Literal[
    "Convolution",
    "Normalisation",
    "Activation",
    "Pooling",
    "Regularisation",
    "Linear",
    "Merge",
    "Reshape",
    "Attention",
    "Block",
    "Ends",
]

CATEGORIES: Final[tuple[Category, ...]] = (
    "Convolution",
    "Normalisation",
    "Activation",
    "Pooling",
    "Regularisation",
    "Linear",
    "Merge",
    "Reshape",
    "Attention",
    "Block",
    "Ends",
)
"""The groups of the palette, in the order to show."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What a model is built for: the size of one image, and the number of classes."""

    channels: int
    height: int
    width: int
    classes: int


@dataclass(frozen=True, slots=True)
class Reach:
    """Which inputs one output sees, along each image axis.

    Output ``i`` sees the inputs from ``step * i + low`` to ``step * i + high``. ``step`` is below 1
    after an upsampling, and then the three are fractions. The numbers are those of rows;
    ``across`` has those of columns where they differ. What a border that mirrors or wraps the image
    adds is not counted: these are the numbers of outputs that lie inside. See Araujo, Norris and
    Sim, "Computing receptive fields of convolutional neural networks", Distill 2019.
    """

    low: int | Fraction = 0
    high: int | Fraction = 0
    step: int | Fraction = 1
    across: Reach | None = None

    @classmethod
    def window(cls, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> Reach:
        """The reach of a sliding window, all in pixels of its input."""
        return cls(-padding, dilation * (kernel - 1) - padding, stride)

    @classmethod
    def of(cls, rows: Reach, columns: Reach) -> Reach:
        """The reach with these numbers along rows and columns."""
        return rows if rows == columns else cls(rows.low, rows.high, rows.step, columns)

    @property
    def rows(self) -> Reach:
        """The reach down the image, as one that is the same along both axes."""
        return self if self.across is None else Reach(self.low, self.high, self.step)

    @property
    def columns(self) -> Reach:
        """The reach across the image, as one that is the same along both axes."""
        return self if self.across is None else self.across

    def then(self, after: Reach) -> Reach:
        """The reach of ``after`` applied to this one's outputs."""
        if self.across is not None or after.across is not None:
            return Reach.of(self.rows.then(after.rows), self.columns.then(after.columns))
        step = self.step
        return Reach(self.low + step * after.low, self.high + step * after.high, step * after.step)

    def join(self, other: Reach) -> Reach:
        """The smallest reach that covers both, where two branches meet."""
        if self.across is not None or other.across is not None:
            return Reach.of(self.rows.join(other.rows), self.columns.join(other.columns))
        low, high = min(self.low, other.low), max(self.high, other.high)
        return Reach(low, high, max(self.step, other.step))

    @property
    def size(self) -> int:
        """How many inputs an output sees at most, down the image; ``columns.size`` is across."""
        return int((self.high - self.low) // 1) + 1


POINTWISE: Final = Reach()
"""Every output sees the one input at its place."""

GLOBAL: Final = None
"""Every output sees the whole input."""


class Misfit(Exception):
    """A layer cannot work on what arrives; analysis catches it, a person reads the sentence.

    Attributes:
        sentence: what is wrong and what to change; ``{0}``, ``{1}`` stand for the first, second …
            node that the layer is fed by.
        param: the parameter to change, ``None`` when the cause is elsewhere.
    """

    code: ClassVar[str] = "FV-M003"

    def __init__(self, sentence: str, param: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.param = param

    def told(self, sources: Sequence[str]) -> str:
        """The sentence with the names of the feeding nodes."""
        text = self.sentence
        for port, name in enumerate(sources):
            text = text.replace(f"{{{port}}}", f"“{name}”")
        return text

    def __str__(self) -> str:
        return self.told([f"input {port + 1}" for port in range(self.sentence.count("{"))])


class TooLarge(Misfit):
    """A layer's output has a side that no tensor could have."""

    code: ClassVar[str] = "FV-M006"


class TooSmall(Misfit):
    """An image has become smaller than the layer's window; larger images would help."""

    code: ClassVar[str] = "FV-M004"


def show(shape: Shape) -> str:
    """A shape in words: ``"128 features"``, ``"49 tokens × 64 features"``, ``"64 × 28 × 28"``."""
    if len(shape) == 1:
        return f"{shape[0]} features"
    if len(shape) == 2:
        return f"{shape[0]} tokens × {shape[1]} features"
    return " × ".join(map(str, shape))


class Layer(Spec):
    """One kind of node of a model.

    A layer is an immutable set of parameters that knows, for given input shapes, its output shape
    and cost in closed form, and builds the torch module that agrees with them. ``inputs`` is always
    the tuple of the shapes that arrive, ordered by port. Contract tests compare everything that is
    registered with torch.

    Attributes:
        summary: what it does and when to use it, in one line, for the palette.
        min_inputs, max_inputs: how many wires may arrive; ``None`` is any number.
        overwritable: whether a following in-place layer may overwrite the output: the backward
            pass of this layer does not read it, and it shares no memory with the input.
    """

    category: ClassVar[Category] = "Reshape"
    summary: ClassVar[str] = ""
    min_inputs: ClassVar[int] = 1
    max_inputs: ClassVar[int | None] = 1
    overwritable: ClassVar[bool] = False

    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """The output shape; raises Misfit when the layer cannot work on ``inputs``."""
        return inputs[0]

    def parameters(self, inputs: tuple[Shape, ...]) -> int:
        """The number of trainable values."""
        return 0

    def macs(self, inputs: tuple[Shape, ...]) -> int:
        """Multiply-adds per image of convolutions and linear maps; the rest is negligible."""
        return 0

    def activations(self, inputs: tuple[Shape, ...]) -> int:
        """Output elements per image, what the backward pass keeps in memory.

        A layer of several steps counts the outputs of all of them.
        """
        return prod(self.shape(inputs))

    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        """The receptive field of one output in the input, ``GLOBAL`` when it sees everything."""
        return POINTWISE

    def make(self, inputs: tuple[Shape, ...]) -> Make:
        """The module's constructor call, from which ``build`` and ``code`` follow."""
        raise NotImplementedError(f"{type(self).__name__} builds no module")

    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        """The torch module; its ``forward`` takes the inputs as positional arguments."""
        return self.make(inputs).module()

    def code(self, inputs: tuple[Shape, ...]) -> Code:
        """The same module as PyTorch code that runs without this program.

        With the same ``state_dict`` it computes the same bits. Ends that only name an input, and
        blocks, which are written layer by layer, have none.
        """
        return self.make(inputs).code()

    @property
    def suggested_id(self) -> str:
        """What a new node of it is called."""
        return self.kind

    @property
    def node_count(self) -> int:
        """How many nodes it stands for; more than one for a block that holds a graph of its own."""
        return 1

    @property
    def nesting(self) -> int:
        """How many levels of such blocks lie in each other here; 0 for what is none."""
        return 0

    def bind(self, frame: Frame) -> Layer:
        """The layer for one data set; the two ends of a model depend on it, others do not."""
        return self


LAYERS: Registry[Layer] = Registry("layer", "engine.layers", "engine.blocks")
