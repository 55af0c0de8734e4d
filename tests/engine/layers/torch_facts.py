"""What torch does with a layer, measured, beside what the layer says about itself."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from engine.layers.base import Layer, Reach
from tests.engine.layers.cases import Inputs, examples

__all__ = ["check_costs", "check_reach"]

BATCH = 2
MOST_LINES = 30  # more would only repeat these
FILLED = ("reflect", "replicate", "circular")


def check_costs(layer: Layer, inputs: Inputs) -> None:
    """Shape, parameters, multiply-adds and activations, on torch's device without values."""
    with torch.device("meta"):
        module = layer.build(inputs).train()
    given = examples(inputs, BATCH, "meta")
    kept = _Kept(module, given)
    with FlopCounterMode(display=False) as counter, pytest.MonkeyPatch.context() as patch:
        if layer.category == "Block":
            patch.setattr(nn.functional, "batch_norm", _batch_norm)
        out = module(*given)
    told = f"{layer!r} on {inputs}"
    assert tuple(out.shape[1:]) == layer.shape(inputs), told
    assert all(type(side) is int for side in layer.shape(inputs)), told
    assert sum(p.numel() for p in module.parameters()) == layer.parameters(inputs), told
    assert counter.get_total_flops() == BATCH * 2 * layer.macs(inputs), told
    # A block counts what views inside it show, which need no memory of their own.
    least = 1 if layer.category == "Block" else layer.activations(inputs)
    assert least <= kept.elements(out) <= layer.activations(inputs), told


def _batch_norm(x: Tensor, mean: Tensor, *_: object, **__: object) -> Tensor:
    """What torch's gives without values, where it would take most of the time of a block."""
    assert x.shape[1:2] == mean.shape
    return torch.empty_like(x)


class _Kept:
    """Counts the tensors that pass between the steps of a module, and its result.

    In-place steps inside are made ordinary ones, as a layer counts its output in both cases.
    """

    def __init__(self, module: nn.Module, given: list[Tensor]) -> None:
        self._sizes: dict[int, int] = {}
        self._alive: list[Tensor] = []  # so that no storage is used twice
        self._given = {_storage(x) for x in given}
        for part in module.modules():
            if len(list(module.modules())) > 1 and hasattr(part, "inplace"):
                setattr(part, "inplace", False)  # noqa: B010 - type checkers know no such attribute
            if not list(part.children()):
                part.register_forward_hook(self._see)

    def _see(self, part: nn.Module, given: tuple[Tensor, ...], out: Tensor) -> None:
        for x in (*given, out):
            self._alive.append(x)
            self._sizes[_storage(x)] = x[0].numel()

    def elements(self, out: Tensor) -> int:
        """Elements per image; the result counts even where it shares memory with an input."""
        between = {k: v for k, v in self._sizes.items() if k not in self._given}
        between.pop(_storage(out), None)
        return sum(between.values()) + out[0].numel()


def _storage(x: Tensor) -> int:
    return x.untyped_storage()._cdata


def check_reach(layer: Layer, inputs: Inputs) -> int:
    """Compares what a layer says to see with its gradients; how often the sizes could be compared.

    Layers whose input or output is no image are not looked at, nor normalisations, which count as
    pointwise whatever their statistics see.
    """
    reach, shape = layer.reach(inputs), layer.shape(inputs)
    image = len(shape) == 3 and len(inputs[0]) == 3
    if not image or layer.category == "Normalisation":
        return 0
    if layer.category == "Block" and reach is None:
        return 0  # a gate or an attention somewhere inside: nothing is claimed
    module = _see_through(layer.build(inputs))
    axes = ((1, reach and reach.rows), (2, reach and reach.columns))
    return sum(_check_axis(layer, module, inputs, axis, seen) for axis, seen in axes)


def _see_through(module: nn.Module) -> nn.Module:
    """Equal positive weights, so that nothing cancels, and the statistics of training frozen."""
    for parameter in module.parameters():
        nn.init.constant_(parameter, 0.05)
    return module.eval()


def _check_axis(
    layer: Layer, module: nn.Module, inputs: Inputs, axis: int, reach: Reach | None
) -> int:
    told = f"{layer!r} on {inputs}, axis {axis}"
    # A maximum sees one pixel of its window at a time.
    copies = 40 if "max" in layer.kind or layer.kind == "stem" else 1
    side, seen = inputs[0][axis], _seen_lines(module, inputs, axis, copies)
    if reach is None:
        alike = all(shape[1:] == inputs[0][1:] for shape in inputs)
        if layer.category in ("Attention", "Pooling") and alike:
            assert all(lines == list(range(side)) for lines in seen), told
        return 0
    inside = [i for i in range(len(seen)) if 0 <= reach.step * i + reach.low <= side - 1]
    inside = [i for i in inside if 0 <= reach.step * i + reach.high <= side - 1]
    filled = getattr(layer, "padding_mode", "zeros") in FILLED
    for i in inside if filled else range(len(seen)):
        low, high = reach.step * i + reach.low, reach.step * i + reach.high
        assert all(low <= line <= high for line in seen[i]), told
    return _compare_sizes(layer, [seen[i] for i in inside], reach, told)


def _compare_sizes(layer: Layer, inside: list[list[int]], reach: Reach, told: str) -> int:
    """The widest view of the outputs that lie inside, all phases of a fraction among them."""
    if len(inside) < max(1, Fraction(1 / Fraction(reach.step)).numerator):
        return 0
    if not any(inside):
        return 0  # such as a softmax over one channel, which is 1 whatever arrives
    widest = max(lines[-1] - lines[0] + 1 if lines else 0 for lines in inside)
    # The windows of an adaptive pooling differ by a pixel where the sizes do not divide.
    uneven = layer.kind.startswith("adaptive") and Fraction(reach.step).denominator > 1
    assert reach.size - uneven <= widest <= reach.size, told
    return 1


def _seen_lines(module: nn.Module, inputs: Inputs, axis: int, copies: int) -> list[list[int]]:
    """For each of the first lines of outputs the input lines on which it depends.

    That is, in any channel and anywhere along the line. Every line of outputs has inputs of its
    own, so one backward pass finds them all.
    """
    with torch.no_grad():
        count = min(MOST_LINES, module(*examples(inputs, 1)).shape[axis + 1])
    given = [x.requires_grad_() for x in examples(inputs, copies * count)]
    out = module(*[x * 1 for x in given])
    weights = torch.rand(out.shape, generator=torch.Generator().manual_seed(1)) + 0.1
    lines = (out * weights).unflatten(0, (copies, count)).diagonal(dim1=1, dim2=axis + 2)
    lines.sum().backward()
    marks = torch.zeros(count, inputs[0][axis], dtype=torch.bool)
    for x in given:
        if x.grad is not None and x.ndim == 4 and x.shape[axis + 1] == marks.shape[1]:
            other = [dim for dim in (2, 3, 4) if dim != axis + 2]
            seen = (x.grad != 0).unflatten(0, (copies, count))
            marks |= seen.any(dim=other[1]).any(dim=other[0]).any(dim=0)
    return [torch.nonzero(row).flatten().tolist() for row in marks]
