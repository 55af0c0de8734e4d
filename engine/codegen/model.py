"""A whole model as one Python file."""

from __future__ import annotations

from dataclasses import dataclass

from engine.codegen.body import Body, body
from engine.codegen.classes import Classes, class_name, doc_lines
from engine.codegen.printer import INDENT
from engine.compile.checked import checked
from engine.graph.analysis import Analysis
from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.layers.code import helper_names, helper_source
from engine.layers.ends import Output

__all__ = ["Listing", "listing", "model_code"]


@dataclass(frozen=True, slots=True)
class Listing:
    """A file of code, and the node that each of its lines is about.

    Attributes:
        text: the whole file.
        nodes: an id for each line, empty for lines that are about none; lines in the class of a
            block are about none, since several nodes may share it.
    """

    text: str
    nodes: tuple[str, ...]

    def lines_of(self, node_id: str) -> tuple[int, ...]:
        """The numbers of a node's lines, from 0."""
        return tuple(number for number, name in enumerate(self.nodes) if name == node_id)


def model_code(graph: Graph, frame: Frame, name: str = "Model") -> str:
    """A model as PyTorch code that runs without this program: see :func:`listing`."""
    return listing(graph, frame, name).text


def listing(graph: Graph, frame: Frame, name: str = "Model") -> Listing:
    """A model as PyTorch code that runs without this program, formatted as ruff and Black do.

    The file has a class for each structure of block and one for the model, with the nodes' names;
    its ``state_dict`` has the keys of the compiled model, and with the same weights it computes the
    same bits. ``name`` is the model's class. Takes milliseconds and does not need torch.

    Raises FoveaError with the code of the first problem that ``analyse`` finds (FV-M001 to
    FV-M005).
    """
    analysis = checked(graph, frame)
    name = class_name(name, "Model")
    name = f"{name}Model" if name in helper_names() else name
    classes = Classes(graph, analysis.nodes, name)
    result = next(node.id for node in graph.nodes if isinstance(node.layer, Output))
    found = body(graph, analysis.nodes, result, classes.construct, frame)
    model = classes.model_lines(name, _model_doc(frame), found)
    helpers, imports = _needs([*classes.bodies, found])
    parts = [(line, "") for line in _head(name, frame, analysis, imports)]
    texts = [helper_source(helper).rstrip("\n").split("\n") for helper in helpers]
    for lines in (*texts, *classes.written.values()):
        parts += [("", ""), ("", ""), *((line, "") for line in lines)]
    parts += [("", ""), ("", ""), *model, ("", ""), ("", "")]
    parts += [(line, "") for line in _example(name, frame)]
    return Listing("\n".join(line for line, _ in parts) + "\n", tuple(node for _, node in parts))


def _needs(bodies: list[Body]) -> tuple[dict[str, None], dict[str, None]]:
    """The helper classes and further imports of all classes, in order."""
    helpers = dict.fromkeys(name for found in bodies for name in found.helpers)
    return helpers, dict.fromkeys(line for found in bodies for line in found.imports)


def _head(name: str, frame: Frame, analysis: Analysis, imports: dict[str, None]) -> list[str]:
    size = f"{frame.channels}, {frame.height}, {frame.width}"
    return [
        f'"""{name}: an image classifier designed with Fovea, in plain PyTorch.',
        "",
        f"Input: a batch of images [B, {size}], prepared as in the project.",
        f"Output: a score (logit) for each class, [B, {frame.classes}].",
        f"Trainable parameters: {analysis.parameters:,}.",
        "",
        "To load weights that were trained in Fovea:",
        "",
        f"{INDENT}from safetensors.torch import load_file",
        "",
        f"{INDENT}model = {name}()",
        f'{INDENT}model.load_state_dict(load_file("weights.safetensors"))',
        f"{INDENT}model.eval()",
        "",
        "Without them, weights start as those of PyTorch, not as in Fovea.",
        '"""',
        "",
        *(line for line in imports if line.startswith("import ")),
        *(["import torch"]),
        *(line for line in imports if not line.startswith("import ")),
        "from torch import nn",
    ]


def _model_doc(frame: Frame) -> list[str]:
    size = f"{frame.channels}, {frame.height}, {frame.width}"
    return doc_lines(f"From images [B, {size}] to scores [B, {frame.classes}]")


def _example(name: str, frame: Frame) -> list[str]:
    return [
        'if __name__ == "__main__":',
        f"{INDENT}model = {name}().eval()",
        f"{INDENT}images = torch.rand(2, {frame.channels}, {frame.height}, {frame.width})",
        f"{INDENT}with torch.no_grad():",
        f"{INDENT}{INDENT}scores = model(images)",
        f"{INDENT}print(scores.shape)  # [2, {frame.classes}]",
    ]
