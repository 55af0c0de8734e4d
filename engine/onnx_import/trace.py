"""Runs an ONNX program on names instead of numbers, which draws the graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations
from math import prod

import numpy as np

from engine.errors import FoveaError
from engine.layers.base import Layer, Shape
from engine.layers.ends import Source
from engine.layers.merge import Add, Multiply
from engine.onnx_import.affine import affine
from engine.onnx_import.curves import line, recognise
from engine.onnx_import.folding import fold, foldable
from engine.onnx_import.handlers import handler
from engine.onnx_import.joining import merge
from engine.onnx_import.naming import readable
from engine.onnx_import.records import Op, Program, Unmapped
from engine.onnx_import.sheet import Sheet
from engine.onnx_import.values import Curve, Flow, Lost, Value
from engine.onnx_import.views import LARGEST, places, rearranging

__all__ = ["Trace"]


class Trace:
    """The state of reading: values by name, the sheet, and what could not be mapped.

    Attributes:
        batch: the batch of the file, a number of its own where it is open.
        lost: kind of operator, name and reason, for each that has no layer.
        notes: what the person should know, in sentences.
    """

    def __init__(self, program: Program, image: Shape, batch: int) -> None:
        self.program = program
        self.batch = batch
        self.sheet = Sheet()
        self.values: dict[str, Value] = dict(program.constants)
        self.lost: list[tuple[str, str, str]] = []
        self.notes: list[str] = []
        self._settled: dict[int, Flow] = {}
        self._turned: dict[tuple[str, Layer], str] = {}
        self._kept: list[Curve] = []  # alive, so that their id() stays theirs
        self.sheet.add("image", Source.of(image), (), {}, None)

    def run(self, ops: Sequence[Op]) -> None:
        """Draws operators one after the other."""
        for op in ops:
            try:
                outputs = self._outputs(op)
            except Unmapped as error:
                self.lost.append((op.kind, op.name, error.why))
                outputs = (Lost(),) * len(op.outputs)
            except FoveaError as error:
                self.lost.append((op.kind, op.name, error.what))
                outputs = (Lost(),) * len(op.outputs)
            except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
                self.lost.append((op.kind, op.name, "Its parameters do not fit what arrives."))
                outputs = (Lost(),) * len(op.outputs)
            self.values.update(zip(filter(None, op.outputs), outputs, strict=False))

    def _outputs(self, op: Op) -> Sequence[Value]:
        inputs = [self.values[name] if name else None for name in op.inputs]
        if any(isinstance(value, Lost) for value in inputs):
            if handler(op.kind) is None and not foldable(op.kind):
                raise Unmapped("There is no layer for it.")
            return (Lost(),) * len(op.outputs)
        constants = [v for v in inputs if v is None or isinstance(v, np.ndarray)]
        if foldable(op.kind) and len(constants) == len(inputs):
            return fold(op, constants)
        draw = handler(op.kind)
        if draw is None:
            raise Unmapped("There is no layer for it.")
        made = draw(self, op)
        return made if isinstance(made, list) else [made]

    # What an operator is given

    def given(self, op: Op, place: int) -> Value | None:
        """The value of an input, None where it is left out."""
        name = op.inputs[place] if place < len(op.inputs) else ""
        return self.values[name] if name else None

    def constant(self, op: Op, place: int) -> np.ndarray | None:
        """A constant input, None where it is left out; raises Unmapped where it is computed."""
        value = self.given(op, place)
        if value is None or isinstance(value, np.ndarray):
            return value
        raise Unmapped(f"Its input {place + 1} is computed; a layer has it as weights.")

    def weights(self, op: Op, place: int) -> np.ndarray:
        """A constant input that must be there."""
        value = self.constant(op, place)
        if value is None:
            raise Unmapped(f"Its input {place + 1} is missing.")
        return value

    def flow(self, op: Op, place: int = 0) -> Flow:
        """An input that comes from the image, its activations drawn; raises Unmapped."""
        return self.settle(self.moving(op, place))

    def moving(self, op: Op, place: int = 0) -> Flow | Curve:
        """An input that comes from the image; raises Unmapped for a constant."""
        value = self.given(op, place)
        if isinstance(value, (Flow, Curve)):
            return value
        raise Unmapped(f"Its input {place + 1} does not come from the image.")

    def node(self, op: Op, place: int = 0) -> str:
        """The node whose output is an input, just as the file sees it."""
        return self.shown(op, self.flow(op, place))

    def image(self, op: Op, place: int = 0) -> tuple[str, Shape]:
        """The node and its shape of channels, height and width; raises Unmapped."""
        name = self.node(op, place)
        shape = self.sheet[name].shape
        if len(shape) != 3:
            raise Unmapped(f"It works on {len(shape) + 1} dimensions; layers here do on images.")
        return name, shape

    # What an operator gives

    def add(
        self,
        op: Op,
        layer: Layer,
        *sources: str,
        weights: Mapping[str, np.ndarray] | None = None,
    ) -> Flow:
        """A new node; raises Unmapped where its layer does not fit."""
        name = readable(op, self.program.constants, layer.suggested_id, self.sheet)
        own = {key: np.asarray(value, np.float32) for key, value in (weights or {}).items()}
        self.sheet.add(name, layer, sources, own, op)
        return Flow(name, self.sheet[name].shape)

    def view(self, flow: Flow, index: np.ndarray) -> Flow:
        """The same node, its values in other places."""
        if index.size > LARGEST:
            raise Unmapped("It makes a tensor that is too large.")
        return Flow(flow.node, index.shape, index)

    def shown(self, op: Op, flow: Flow) -> str:
        """The node that gives just what a flow shows, made of layers that rearrange if need be."""
        if flow.index is None:
            return flow.node
        layers = rearranging(self.sheet[flow.node].shape, flow.index)
        if layers is None:
            raise Unmapped("What arrives is rearranged in a way for which there is no layer.")
        name = flow.node
        for layer in layers:
            if (name, layer) not in self._turned:
                turn = Op(layer.kind, layer.kind, (), ())
                self._turned[name, layer] = self.add(turn, layer, name).node
            name = self._turned[name, layer]
        return name

    def whole(self, op: Op, flow: Flow) -> Flow:
        """The flow, cut out first where it shows only a part of its node."""
        size = prod(self.sheet[flow.node].shape)
        if flow.index is None or flow.index.size == size:
            return flow
        for order in permutations(range(len(flow.shape))):
            back = flow.index.transpose(np.argsort(order))
            if rearranging(self.sheet[flow.node].shape, back) is not None:
                node = self.shown(op, Flow(flow.node, back.shape, back))
                return Flow(node, flow.shape, places(back.shape).transpose(order))
        return Flow(self.shown(op, flow), flow.shape)

    def settle(self, value: Flow | Curve) -> Flow:
        """A flow whose activations are drawn; raises Unmapped for what is none."""
        if isinstance(value, Flow):
            return value
        if id(value) not in self._settled:
            self._kept.append(value)
            self._settled[id(value)] = self._drawn(value)
        return self._settled[id(value)]

    def _drawn(self, curve: Curve) -> Flow:
        base = self.whole(curve.op, curve.base)
        known = self._recognised(curve.op, base, curve.values)
        if known is not None:
            return known
        parts = [self.settle(part) for part in curve.parts]
        if curve.own is not None:
            known = self._recognised(curve.op, parts[0], curve.own)
        elif curve.op.kind in ("Add", "Sum"):
            known = self.merge(curve.op, Add(), parts)
        elif curve.op.kind == "Mul":
            known = self.merge(curve.op, Multiply(), parts)
        if known is None:
            raise Unmapped("No activation computes this.")
        return known

    def _recognised(self, op: Op, base: Flow, values: np.ndarray) -> Flow | None:
        layer = recognise(values)
        if layer is not None:
            return Flow(self.add(op, layer, base.node).node, base.shape, base.index)
        straight = line(values)
        return None if straight is None else self.affine(op, base, *straight)

    def affine(
        self, op: Op, flow: Flow, factor: np.ndarray | float, shift: np.ndarray | float
    ) -> Flow:
        """``factor * x + shift``, each one number or one for each channel."""
        if np.all(np.equal(factor, 1)) and not np.any(shift):
            return flow
        flow = self.whole(op, flow)
        layer, weights = affine(self.sheet[flow.node].shape, factor, shift)
        return Flow(self.add(op, layer, flow.node, weights=weights).node, flow.shape, flow.index)

    def merge(self, op: Op, layer: Layer, values: Sequence[Flow | Curve]) -> Flow:
        """A sum, product or joint of flows, wherever the file has their axes."""
        return merge(self, op, layer, [self.settle(value) for value in values])
