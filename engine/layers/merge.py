"""Layers where several branches meet."""

from __future__ import annotations

from math import prod
from typing import ClassVar

from typing_extensions import override

from engine.layers.base import LAYERS, Category, Layer, Misfit, Shape, show
from engine.layers.code import Code, Make, make

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
    if 2 in (len(first), len(second)):
        advice = (
            "Sequences need as many tokens, and the same features; a linear layer changes these."
        )
    elif len(first) != len(second):
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
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make("Add")

    @override
    def code(self, inputs: tuple[Shape, ...]) -> Code:
        return Code(call=" + ".join(f"{{{port}}}" for port in range(len(inputs))))


def _joined(inputs: tuple[Shape, ...]) -> int:
    """The dimension of channels or features, the batch counted."""
    return 2 if len(inputs[0]) == 2 else 1


def _without(shape: Shape, axis: int) -> Shape:
    return (*shape[:axis], *shape[axis + 1 :])


@LAYERS.register
class Concat(_Merge):
    """All channels one after the other, as in Inception (Szegedy et al., 2014).

    Of sequences the features are joined, token by token.
    """

    kind = "concat"
    title = "Concatenate"
    summary = "Puts the channels of several branches one after the other."

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        first, axis = inputs[0], _joined(inputs) - 1
        for port, other in enumerate(inputs):
            same = len(other) == len(first) and _without(other, axis) == _without(first, axis)
            if not same:
                raise _disagree(inputs, 0, port, self.title)
        total = sum(shape[axis] for shape in inputs)
        return (*first[:axis], total, *first[axis + 1 :])

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make("Concat", dim=(_joined(inputs), 1))

    @override
    def code(self, inputs: tuple[Shape, ...]) -> Code:
        return Code(call=f"torch.cat([{{all}}], dim={_joined(inputs)})")


@LAYERS.register
class Multiply(_Merge):
    """The product of equal shapes, or of an image and a gate.

    A gate has one value per channel, as in squeeze-and-excitation (Hu et al., 2017), or one channel
    with a value per pixel, as in CBAM (Woo et al., 2018).
    """

    kind = "multiply"
    title = "Multiply"
    summary = "Multiplies branches; one may be a gate: a value per channel, or one channel."

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        widest = max(inputs, key=lambda shape: (prod(shape), len(shape)))
        for port, other in enumerate(inputs):
            if other != widest and other not in _gates(widest):
                raise _disagree(inputs, inputs.index(widest), port, self.title)
        return widest

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make("Multiply")

    @override
    def code(self, inputs: tuple[Shape, ...]) -> Code:
        image = any(len(shape) == 3 for shape in inputs)
        spread = ["[:, :, None, None]" if image and len(s) == 1 else "" for s in inputs]
        return Code(call=" * ".join(f"{{{port}}}{s}" for port, s in enumerate(spread)))


def _gates(shape: Shape) -> tuple[Shape, ...]:
    """What may be multiplied with an image besides another like it."""
    if len(shape) != 3:
        return ()
    return (shape[:1], (shape[0], 1, 1), (1, *shape[1:]))
