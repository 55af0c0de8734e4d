"""From an ONNX file to a model that can be edited and trained, with its weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np

from engine.errors import FoveaError
from engine.graph.analysis import analyse
from engine.graph.layout import arrange
from engine.graph.records import MAX_NODES, Graph, Node, Wire
from engine.layers.base import Frame
from engine.layers.convolution import Conv2d, DepthwiseConv2d
from engine.layers.ends import Input
from engine.layers.gates import Scale
from engine.layers.normalisation import BatchNorm
from engine.onnx_import.adapting import adapt
from engine.onnx_import.ending import end, without_softmax
from engine.onnx_import.reading import read
from engine.onnx_import.records import Entrance, Program, Unmapped
from engine.onnx_import.sheet import Sheet
from engine.onnx_import.tidying import join_biases, tidy
from engine.onnx_import.trace import Trace
from engine.onnx_import.values import Curve, Flow
from engine.onnx_import.views import LARGEST

__all__ = ["Imported", "import_onnx"]

_OPEN_BATCH = 7919  # a prime, so that no other size of a file is taken for it
_USUAL_SIDE = 224
_SHOWN = 12  # nodes of one operator that an error names


@dataclass(frozen=True, eq=False)
class Imported:
    """A network from an ONNX file.

    Attributes:
        graph: the model, arranged; it can be edited like any other.
        weights: the ``state_dict`` of the compiled model by its names, float32. What starts anew,
            such as the scores of other classes, is missing.
        notes: what the person should know, in sentences.
        frame: the size of image and the number of classes that the file itself is made for.
    """

    graph: Graph
    weights: Mapping[str, np.ndarray]
    notes: tuple[str, ...]
    frame: Frame


def import_onnx(source: Path | bytes, frame: Frame | None = None) -> Imported:
    """The network in an ONNX file, or its bytes, for images and classes as in ``frame``.

    Without a frame, for those of the file. Weights in other files are read only from the file's own
    folder. Everything is imported, or nothing.

    Raises FoveaError: FV-M040 (cannot be read), FV-M041 (operators that no layer computes: all of
    them are named), FV-M042 (weights elsewhere), FV-M043 (onnx is not installed), FV-M044 (too
    large), FV-M045 (weights that are no numbers).
    """
    program = read(source)
    where = "" if isinstance(source, bytes) else str(source)
    try:
        return _imported(program, frame)
    except FoveaError as error:
        error.where = error.where or where
        raise


def _imported(program: Program, frame: Frame | None) -> Imported:
    entrance = _entrance(program)
    ops, output, softmax = without_softmax(list(program.ops), program.outputs[0])
    channels, height, width, last = _image(entrance, frame, program)
    batch = entrance.sizes[0] or _OPEN_BATCH
    trace = Trace(program, (channels, height, width), batch)
    image = Flow("image", (channels, height, width))
    turned = trace.view(image, image.places.transpose(1, 2, 0)) if last else image
    trace.values[entrance.name] = turned
    trace.run(ops)
    classes = _finish(trace, output)
    own = Frame(channels, height, width, classes)
    notes = _first_notes(program, softmax, trace)
    wanted = own if frame is None else _filled(frame, own)
    adapt(trace.sheet, own, wanted, notes)
    tidy(trace.sheet)
    _refuse_no_numbers(trace.sheet)
    notes += _notes(trace.sheet)
    graph = _graph(trace.sheet)
    wrong = [p for p in analyse(graph, wanted).problems if p.severity == "error"]
    notes += [f"To correct: {problem.message}" for problem in wrong[:3]]
    return Imported(graph, _weights(trace.sheet, graph), tuple(notes), own)


def _entrance(program: Program) -> Entrance:
    images = [entrance for entrance in program.entrances if len(entrance.sizes) == 4]
    if len(program.entrances) != 1 or not images:
        told = ", ".join(f"{e.name:.40} ({len(e.sizes)} dimensions)" for e in program.entrances[:8])
        raise _refused(
            "The ONNX file does not take one image.",
            f"Its inputs: {told or 'none'}; one with batch, channels, height and width is needed.",
        )
    return images[0]


def _image(entrance: Entrance, frame: Frame | None, program: Program) -> tuple[int, int, int, bool]:
    """Channels, height and width of the image, and whether the file has the channels last."""
    sizes = entrance.sizes[1:]
    followers = [op for op in program.ops if entrance.name in op.inputs]
    turned = any(op.kind == "Transpose" and op.get("perm") == [0, 3, 1, 2] for op in followers)
    few = range(1, 5)
    last = turned or (sizes[2] in few and sizes[0] not in few and sizes[0] != sizes[2])
    channels, height, width = (sizes[2], sizes[0], sizes[1]) if last else sizes
    usual = Frame(3, _USUAL_SIDE, _USUAL_SIDE, 0)
    told = usual if frame is None else _filled(frame, usual)
    found = (channels or told.channels, height or told.height, width or told.width)
    if prod(found) > LARGEST:
        shown = " × ".join(map(str, found))
        raise _refused("The ONNX file takes images that are too large.", f"They are {shown}.")
    return *found, last


def _filled(frame: Frame, other: Frame) -> Frame:
    """The frame, with the other's numbers where it has none: a project without images yet."""
    numbers = zip(
        (frame.channels, frame.height, frame.width, frame.classes),
        (other.channels, other.height, other.width, other.classes),
        strict=True,
    )
    return Frame(*(a or b for a, b in numbers))


def _finish(trace: Trace, output: str) -> int:
    """Ends the network in class scores; refuses what could not be mapped, all of it by name."""
    classes = 0
    if not trace.lost:
        value = trace.values.get(output)
        try:
            if not isinstance(value, (Flow, Curve)):
                raise Unmapped("Its output does not come from the image.")
            flow = trace.settle(value)
            last = next(op for op in reversed(trace.program.ops) if output in op.outputs)
            trace.sheet.result = trace.shown(last, _as_list(flow))
            join_biases(trace.sheet)
            classes = end(trace.sheet, trace.notes)
        except Unmapped as error:
            kind = value.op.kind if isinstance(value, Curve) else "Output"
            trace.lost.append((kind, output, error.why))
    if trace.lost:
        raise _unmapped(trace.lost)
    if len(trace.sheet.pieces) > MAX_NODES:
        raise _refused("The ONNX file has more nodes than Fovea opens.", f"Most: {MAX_NODES:,}.")
    return classes


def _as_list(flow: Flow) -> Flow:
    """Scores that still have a height and width of one, as a list."""
    if len(flow.shape) == 3 and flow.shape[1:] == (1, 1):
        return Flow(flow.node, flow.shape[:1], flow.places.reshape(-1))
    return flow


def _first_notes(program: Program, softmax: str, trace: Trace) -> list[str]:
    notes = list(trace.notes)
    if softmax:
        notes.append(f"The {softmax.lower()} at the end was left out: the loss has its own.")
    if len(program.outputs) > 1:
        others = ", ".join(name[:40] for name in program.outputs[1:9])
        notes.append(f"Only the first output was taken; left out: {others}.")
    return notes


def _notes(sheet: Sheet) -> list[str]:
    layers = [piece.layer for piece in sheet.pieces.values()]
    notes = [
        "Fovea gives the network images whose channels have mean 0 and variance 1 over the "
        "training images. The file does not say what it was trained with; where that was another "
        "scale, the first epochs adapt to it."
    ]
    for name in sheet.followers("image"):
        layer = sheet[name].layer
        single = isinstance(layer, DepthwiseConv2d) and layer.kernel_size == 1
        if single or isinstance(layer, Scale):
            notes.append(
                f"“{name}” scales the image itself, which Fovea has done before: take the node out "
                "if the network should see the image as Fovea gives it."
            )
    convolutions = sum(isinstance(layer, (Conv2d, DepthwiseConv2d)) for layer in layers)
    biased = any(isinstance(layer, Conv2d) and layer.bias for layer in layers)
    if convolutions > 8 and biased and not any(isinstance(layer, BatchNorm) for layer in layers):
        notes.append(
            "There is no batch normalisation: exporters merge it into the convolutions. Train with "
            "a small learning rate, or export the network again without that (in PyTorch: "
            "do_constant_folding=False)."
        )
    return notes


def _refuse_no_numbers(sheet: Sheet) -> None:
    wrong = [
        name
        for name, piece in sheet.pieces.items()
        if not all(np.isfinite(value).all() for value in piece.weights.values())
    ]
    if wrong:
        listed = ", ".join(wrong[:20]) + (", …" if len(wrong) > 20 else "")
        raise FoveaError(
            "FV-M045",
            f"Some weights in the ONNX file are no numbers (NaN or infinite): {listed}.",
            why="Every result would become NaN.",
            kept="Nothing was changed.",
            fix="Export the model from a state before its training failed.",
        )


def _graph(sheet: Sheet) -> Graph:
    nodes = [
        Node(name, Input() if name == "image" else piece.layer)
        for name, piece in sheet.pieces.items()
    ]
    wires = [
        Wire(source, name, port)
        for name, piece in sheet.pieces.items()
        for port, source in enumerate(piece.sources)
    ]
    return arrange(Graph(tuple(nodes), tuple(wires)))


def _weights(sheet: Sheet, graph: Graph) -> dict[str, np.ndarray]:
    from engine.compile.assemble import module_names

    names = module_names(graph)
    found: dict[str, np.ndarray] = {
        f"{names[name]}.{key}": np.ascontiguousarray(value, np.float32)
        for name, piece in sheet.pieces.items()
        for key, value in piece.weights.items()
    }
    tracked = [key for key in found if key.endswith(".running_var")]
    for key in tracked:
        found[key.replace(".running_var", ".num_batches_tracked")] = np.zeros((), np.int64)
    return found


def _unmapped(lost: Sequence[tuple[str, str, str]]) -> FoveaError:
    kinds: dict[str, list[tuple[str, str]]] = {}
    for kind, name, why in lost:
        kinds.setdefault(kind, []).append((name, why))
    lines = []
    for kind, found in kinds.items():
        names = ", ".join(name[:60] for name, _ in found[:_SHOWN])
        names += f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        reasons = " ".join(dict.fromkeys(why for _, why in found))
        lines.append(f"{kind} ({names}): {reasons}")
    count = f"{len(kinds)} operators" if len(kinds) > 1 else "one operator"
    return FoveaError(
        "FV-M041",
        f"The ONNX file uses {count} that Fovea has no layer for: {', '.join(kinds)}.",
        why="\n".join(lines),
        kept="Nothing was imported, and nothing was changed.",
        fix="Export the network without them, or rebuild these parts with layers of Fovea.",
    )


def _refused(what: str, why: str) -> FoveaError:
    return FoveaError(
        "FV-M041",
        what,
        why=why,
        kept="Nothing was imported, and nothing was changed.",
        fix="Export the classification network alone, from the image to its scores.",
    )
