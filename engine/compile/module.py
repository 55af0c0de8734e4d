"""The model of a project as a torch module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.compile.checked import checked
from engine.compile.memory import available_memory, training_memory
from engine.errors import FoveaError
from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.layers.ends import Output
from engine.randomness import GENERATOR

if TYPE_CHECKING:
    from torch import fx

__all__ = ["compile_model"]


def compile_model(graph: Graph, frame: Frame, seed: int | None = None) -> fx.GraphModule:
    """The torch module of a model: ``[B, channels, height, width]`` to ``[B, classes]`` logits.

    Its ``forward`` is straight-line code with one line per node, its submodules are named as the
    nodes (``plan.module_names``), a block's layers are nested in it. Starting weights depend on
    ``seed`` and the nodes' names only (see ``initialise``); without a seed they follow
    ``torch.initial_seed()``. torch's random state is left as it was. Weights of frozen nodes
    require no gradient.

    Raises FoveaError with the code of the first problem that ``analyse`` finds (FV-M001 to
    FV-M005), and FV-M006 when the weights would not fit into memory.
    """
    analysis = checked(graph, frame)
    _refuse_enormous(analysis.parameters)

    import torch

    from engine.compile.assemble import assemble
    from engine.compile.factors import factors
    from engine.compile.initialise import initialise
    from engine.compile.undrawn import Undrawn

    result = next(node.id for node in graph.nodes if isinstance(node.layer, Output))
    with GENERATOR, torch.random.fork_rng(devices=[]), Undrawn():
        module = assemble(graph, analysis.nodes, result, "FoveaModel", frame)
    initialise(module, torch.initial_seed() if seed is None else seed)
    rates = factors(module)
    for name, weight in module.named_parameters():
        weight.requires_grad_(rates[name] > 0)
    return module


def _refuse_enormous(parameters: int) -> None:
    needed, free = training_memory(parameters), available_memory()
    if free is not None and needed > free:
        raise FoveaError(
            "FV-M006",
            f"The model is too large for this computer: it has {parameters:,} parameters.",
            why=f"Training it needs {needed / 1e9:,.1f} GB or more; {free / 1e9:,.1f} GB are free.",
            kept="The project is unchanged, nothing was allocated.",
            fix="Reduce the channels or features of the largest layers.",
        )
