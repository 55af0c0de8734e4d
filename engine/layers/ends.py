"""The ends of a model, which take their sizes from the data, and those of a block's inside.

In a file the ends are ``input`` and ``output``. ``bind`` turns them into ``Source`` and ``Scores``,
which know the numbers; those are also where a block begins, and are in no file. Inside a block that
a person made, ``entry`` and ``result`` stand for what is connected to it.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from typing_extensions import override

from engine.layers.base import GLOBAL, LAYERS, Category, Frame, Layer, Misfit, Reach, Shape, show
from engine.layers.code import UNCHANGED, Code, Make, make
from engine.layers.linear import need_features
from engine.spec import param

__all__ = ["Entry", "Input", "Output", "Result", "Scores", "Source"]


class Source(Layer):
    """Something of a known shape that comes from outside.

    ``width`` 0 stands for a sequence of ``channels`` tokens with ``height`` features each, and both
    0 for a list of features.
    """

    title = "Image"
    category: ClassVar[Category] = "Ends"
    min_inputs: ClassVar[int] = 0
    max_inputs: ClassVar[int | None] = 0

    channels: int = param(1, ge=1, help="Channels of the image.")
    height: int = param(0, ge=0, help="Height of the image in pixels.")
    width: int = param(0, ge=0, help="Width of the image in pixels.")

    @classmethod
    def of(cls, shape: Shape) -> Source:
        """The source of one shape."""
        return cls(**dict(zip(("channels", "height", "width"), shape, strict=False)))

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        sizes = (self.channels, self.height, self.width)
        return tuple(size for size in sizes if size)


@LAYERS.register
class Input(Layer):
    """Where the image enters."""

    kind = "input"
    title = "Image"
    category: ClassVar[Category] = "Ends"
    summary = "Where the image enters; its size is set on the data page."
    min_inputs: ClassVar[int] = 0
    max_inputs: ClassVar[int | None] = 0

    @override
    def bind(self, frame: Frame) -> Layer:
        """The source of the frame's image; itself while there are no images."""
        if min(frame.channels, frame.height, frame.width) < 1:
            return self
        return Source.of((frame.channels, frame.height, frame.width))

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        raise Misfit("The size of the images is not known yet: choose data first.")


class Scores(Layer):
    """One score (logit) per class."""

    title = "Class scores"
    category: ClassVar[Category] = "Ends"

    head: Literal["linear", "none"] = param("linear", help="How the scores are made.")
    classes: int = param(2, ge=1, help="Number of classes.")

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        features = need_features(inputs, self.title)
        if self.head == "none" and features != self.classes:
            raise Misfit(
                f"{{0}} gives {show(inputs[0])}, but there are {self.classes} classes. Set its "
                f"output to {self.classes}, or the head of the class scores to “linear”.",
                "head",
            )
        return (self.classes,)

    @override
    def parameters(self, inputs: tuple[Shape, ...]) -> int:
        return self.macs(inputs) + self.classes if self.head == "linear" else 0

    @override
    def macs(self, inputs: tuple[Shape, ...]) -> int:
        return inputs[0][0] * self.classes if self.head == "linear" else 0

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return GLOBAL

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        if self.head == "none":
            return make("nn.Identity")
        return make("nn.Linear", inputs[0][0], self.classes)

    @override
    def code(self, inputs: tuple[Shape, ...]) -> Code:
        return super().code(inputs) if self.head == "linear" else Code(call=UNCHANGED)


@LAYERS.register
class Output(Layer):
    """The end of the model: scores for the project's classes."""

    kind = "output"
    title = "Class scores"
    category: ClassVar[Category] = "Ends"
    summary = "The end: a score for each class of the data, whose largest is the answer."

    head: Literal["linear", "none"] = param(
        "linear",
        help="“linear” learns the scores from the features that arrive; “none” takes what arrives "
        "as the scores, one value per class.",
    )

    @override
    def bind(self, frame: Frame) -> Layer:
        """The scores of the frame's classes; itself while there are none."""
        if frame.classes < 1:
            return self
        return Scores(head=self.head, classes=frame.classes)

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        raise Misfit("The number of classes is not known yet: choose data first.")


@LAYERS.register
class Entry(Layer):
    """Where something enters a block: one for each of its inputs, in the order of its nodes."""

    kind = "entry"
    title = "Block input"
    category: ClassVar[Category] = "Ends"
    summary = "Inside a block: what is connected to the block's input; one for each input."
    min_inputs: ClassVar[int] = 0
    max_inputs: ClassVar[int | None] = 0

    @override
    def bind(self, frame: Frame) -> Layer:
        """The source of the frame's image, as if the block stood at the start of the model."""
        return Input().bind(frame)

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        raise Misfit("What arrives at the block is not known yet: connect it to what comes before.")


@LAYERS.register
class Result(Layer):
    """What a block gives: hands on what arrives."""

    kind = "result"
    title = "Block output"
    category: ClassVar[Category] = "Ends"
    summary = "Inside a block: what arrives here is what the block gives; there is one."

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make("nn.Identity")

    @override
    def code(self, inputs: tuple[Shape, ...]) -> Code:
        return Code(call=UNCHANGED)
