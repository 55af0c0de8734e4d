"""Fits an imported network to a project: its channels, its image size, its classes."""

from __future__ import annotations

import numpy as np

from engine.layers.adaptive import AdaptiveAvgPool
from engine.layers.base import Frame
from engine.layers.convolution import Conv2d
from engine.layers.ends import Output
from engine.layers.reshape import Flatten
from engine.onnx_import.sheet import Piece, Sheet

__all__ = ["adapt"]


def adapt(sheet: Sheet, own: Frame, wanted: Frame, notes: list[str]) -> None:
    """Changes layers and weights where the project is another than the file's; notes say which."""
    if wanted.classes != own.classes:
        _other_classes(sheet, own.classes, wanted.classes, notes)
    if wanted.channels != own.channels:
        for name in sheet.followers("image"):
            _other_channels(name, sheet[name], wanted.channels, notes)
    if (wanted.height, wanted.width) != (own.height, own.width):
        notes.append(
            f"The file takes images of {own.width} × {own.height} px, the project has "
            f"{wanted.width} × {wanted.height} px."
        )
        for name in [n for n, p in sheet.pieces.items() if isinstance(p.layer, Flatten)]:
            _keep_size(sheet, name, notes)


def _other_classes(sheet: Sheet, own: int, wanted: int, notes: list[str]) -> None:
    for piece in sheet.pieces.values():
        if not isinstance(piece.layer, Output):
            continue
        if piece.layer.head == "none":
            piece.layer = Output()
            notes.append(
                f"The network gives {own:,} values; a linear layer behind them learns scores for "
                f"the {wanted:,} classes of the project."
            )
        else:
            piece.weights = {}
            notes.append(
                f"The file knows {own:,} classes, the project {wanted:,}: the layer of class "
                "scores starts anew."
            )


def _other_channels(name: str, piece: Piece, wanted: int, notes: list[str]) -> None:
    """Weights for an image of one channel are those of all together, and the reverse."""
    weight = piece.weights.get("weight")
    if weight is None:
        return
    own = weight.shape[1]
    fits = isinstance(piece.layer, Conv2d) and piece.layer.groups == 1 and 1 in (own, wanted)
    if not fits:
        piece.weights = {}
        notes.append(f"“{name}” starts anew: the project's images have {wanted} channels.")
        return
    total = weight.sum(axis=1, keepdims=True)
    piece.weights["weight"] = np.repeat(total, wanted, axis=1) / np.float32(wanted)
    how = "added up" if wanted == 1 else "shared out"
    notes.append(f"The weights of “{name}” for {own} channels were {how} for {wanted}.")


def _keep_size(sheet: Sheet, name: str, notes: list[str]) -> None:
    """An adaptive pooling before flattening, so that the linear layer's weights go on fitting."""
    source = sheet[name].sources[0]
    shape = sheet[source].shape
    if len(shape) != 3 or shape[1:] == (1, 1) or isinstance(sheet[source].layer, AdaptiveAvgPool):
        return
    down, across = shape[1:]
    pool = AdaptiveAvgPool(output_size=down, output_width=None if across == down else across)
    made = f"{name[:34]}_size"
    if made in sheet:
        return
    sheet.add(made, pool, [source], {}, None)
    sheet[name].sources = [made]
    notes.append(
        f"“{made}” brings the features to {down} × {across} px, as the weights behind it expect."
    )
