"""Layers where several branches meet."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from engine.layers.base import LAYERS, Category, Layer, Misfit, Shape, show

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Add", "Concat", "Multiply"]


class _Merge(Layer):
    category: ClassVar[Category] = "Merge"
    min_inputs: ClassVar[int] = 2
    max_inputs: ClassVar[int | None] = None
    overwritable: ClassVar[bool] = True


def _disagree(inputs: tuple[Shape, ...], one: int, other: int, title: str) -> Misfit:
    """The sentence for two branches that do not fit, with the parameter that would help."""
    one, other = sorted((one, other))
    first, second = inputs[one], inputs[other]
    if len(first) != len(second):
        advice = "Pool or flatten the image, so that both are lists of features."
    elif first[1:] != second[1:]:
        advice = "Make the images equally large: change a stride or padding in one branch."
    else:
        advice = (
            f"Set the output channels of {{{other}}} to {first[0]}, or those of {{{one}}} to "
            f"{second[0]}; a 1 × 1 convolution can do that."
        )
    return Misfit(
        f"{{{one}}} gives {show(first)} and {{{other}}} gives {show(second)}, which “{title}” "
        f"cannot join. {advice}"
    )


@LAYERS.register
class Add(_Merge):
    """The sum of equal shapes: the joint of a residual connection (He et al., 2015)."""

    kind = "add"
    title = "Add"
    summary = "Adds branches of equal shape: the end of a shortcut."

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        for port, other in enumerate(inputs):
            if other != inputs[0]:
                raise _disagree(inputs, 0, port, self.title)
        return inputs[0]

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from engine.layers.modules.merge import Add as Module

        return Module()


@LAYERS.register
class Concat(_Merge):
    """All channels one after the other, as in Inception (Szegedy et al., 2014)."""

    kind = "concat"
    title = "Concatenate"
    summary = "Puts the channels of several branches one after the other."

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        first = inputs[0]
        for port, other in enumerate(inputs):
            if len(other) != len(first) or other[1:] != first[1:]:
                raise _disagree(inputs, 0, port, self.title)
        return (sum(shape[0] for shape in inputs), *first[1:])

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from engine.layers.modules.merge import Concat as Module

        return Module()


@LAYERS.register
class Multiply(_Merge):
    """The product of equal shapes, or of an image and one value per channel (a gate)."""

    kind = "multiply"
    title = "Multiply"
    summary = "Multiplies branches; one of them may be a gate with one value per channel."

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        widest = max(inputs, key=lambda shape: (prod(shape), len(shape)))
        for port, other in enumerate(inputs):
            if other not in (widest, widest[:1], (widest[0], 1, 1)):
                raise _disagree(inputs, inputs.index(widest), port, self.title)
        return widest

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from engine.layers.modules.merge import Multiply as Module

        return Module()
