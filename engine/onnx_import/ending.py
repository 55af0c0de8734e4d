"""The end of the network: class scores, as a project has them."""

from __future__ import annotations

import numpy as np

from engine.layers.activation import Sigmoid, Softmax
from engine.layers.convolution import Conv2d
from engine.layers.ends import Output, Scores
from engine.layers.linear import Linear
from engine.layers.reshape import Flatten
from engine.onnx_import.records import Op, Unmapped
from engine.onnx_import.sheet import Sheet

__all__ = ["end", "without_softmax"]


def without_softmax(ops: list[Op], output: str) -> tuple[list[Op], str, str]:
    """The operators that make an output's scores, the scores' name, and the softmax left out.

    Operators that nothing on the way to the output reads are left out as well.
    """
    maker = {name: op for op in ops for name in op.outputs}
    left_out = ""
    while output in maker and maker[output].kind in ("Softmax", "LogSoftmax", "Identity", "Cast"):
        op = maker[output]
        left_out = op.kind if "Softmax" in op.kind else left_out
        output = op.inputs[0]
    needed, waiting = set(), [output]
    while waiting:
        op = maker.get(waiting.pop())
        if op is not None and op not in needed:
            needed.add(op)
            waiting += [name for name in op.inputs if name]
    return [op for op in ops if op in needed], output, left_out


def end(sheet: Sheet, notes: list[str]) -> int:
    """Makes the last linear layer the model's class scores; returns how many classes there are.

    A 1 × 1 convolution of a pooled image is a linear layer too. Where there is none, the scores
    are what the network gives. Raises Unmapped where it gives no list of scores.
    """
    while isinstance(sheet[sheet.result].layer, (Softmax, Sigmoid)):
        name = sheet[sheet.result].layer.title.lower()
        notes.append(f"The {name} at the end was left out: the loss has its own.")
        sheet.bypass(sheet.result)
    last = _conv_as_linear(sheet, sheet.result)
    piece = sheet[last]
    if len(piece.shape) != 1:
        raise Unmapped("It gives an image, not a list of class scores.")
    classes = piece.shape[0]
    if isinstance(piece.layer, Linear) and piece.layer.bias and not sheet.followers(last):
        piece.layer = Output()
        return classes
    if isinstance(piece.layer, Linear) and not piece.layer.bias and not sheet.followers(last):
        piece.layer = Output()
        piece.weights["bias"] = np.zeros(classes, np.float32)
        return classes
    name = "scores" if "scores" not in sheet else "class_scores"
    sheet.add(name, Scores(head="none", classes=classes), [last], {}, None)
    sheet[name].layer = Output(head="none")
    return classes


def _conv_as_linear(sheet: Sheet, last: str) -> str:
    """Turns pooling, 1 × 1 convolution and flattening into pooling and a linear layer."""
    if not isinstance(sheet[last].layer, Flatten):
        return last
    conv = sheet[last].sources[0]
    piece = sheet[conv]
    if not isinstance(piece.layer, Conv2d) or sheet.only_follower(conv) != last:
        return last
    pool = piece.sources[0]
    weight = piece.weights["weight"]
    plain = piece.layer.groups == 1 and weight.shape[2:] == (1, 1)
    if not plain or piece.shape[1:] != (1, 1) or sheet.only_follower(pool) != conv:
        return last
    if sheet[pool].shape[1:] != (1, 1):
        return last
    flat = f"{last}_in" if f"{last}_in" not in sheet else f"{last}_features"
    rest = {name: sheet.pieces.pop(name) for name in (conv, last)}
    sheet.add(flat, Flatten(), [pool], {}, None)
    linear = Linear(out_features=len(weight), bias=piece.layer.bias)
    weights = {**rest[conv].weights, "weight": weight[:, :, 0, 0]}
    sheet.add(conv, linear, [flat], weights, piece.op)
    return conv
