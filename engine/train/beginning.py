"""The weights that a run begins with, and which of them it will not move."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import torch

from engine.compile.assemble import module_names
from engine.compile.factors import factors
from engine.errors import FoveaError
from engine.project.document import Project
from engine.weights.keeping import put_into, read_start

__all__ = ["beginning"]

_NAMED = 6


def beginning(
    project: Project, project_dir: Path, model: torch.nn.Module, *, restored: bool
) -> tuple[str, ...]:
    """Loads the project's starting weights into ``model`` and says so, and what is frozen.

    With ``restored`` nothing is loaded: a checkpoint will bring all weights. Raises FoveaError
    FV-M015 when the starting weights cannot be read, and FV-T015 when every weight is frozen.
    """
    notes = [] if restored else _start(project, project_dir, model)
    return (*notes, *_frozen(model))


def _start(project: Project, project_dir: Path, model: torch.nn.Module) -> list[str]:
    start = project.start
    if start is None:
        return []
    tensors = start.named_now(read_start(start, project_dir), module_names(project.model))
    random = put_into(model, tensors)
    note = f"The weights start from {start.source}"
    return [f"{note}; at random start: {_listed(random)}." if random else f"{note}."]


def _frozen(model: torch.nn.Module) -> list[str]:
    weights = dict(model.named_parameters())
    rates = factors(model)
    frozen = sum(weights[name].numel() for name, rate in rates.items() if rate == 0)
    total = sum(weight.numel() for weight in weights.values())
    if frozen == total:
        raise FoveaError(
            "FV-T015",
            "Every layer with weights is frozen, so there is nothing to train.",
            where="model",
            why=f"All {total:,} weights have the learning rate factor 0.",
            fix="Unfreeze at least the last layer.",
        )
    notes = []
    if frozen:
        nodes = {name.partition(".")[0]: None for name, rate in rates.items() if rate == 0}
        notes.append(
            f"Frozen: {_listed(nodes)}; {frozen:,} of {total:,} weights stay as they are, and so "
            "do the batch norm averages there."
        )
    slowed = {name.partition(".")[0]: rate for name, rate in rates.items() if rate not in (0, 1)}
    if slowed:
        told = _listed(f"{name} {rate:g}" for name, rate in slowed.items())
        notes.append(f"Learning rate factors: {told}.")
    return notes


def _listed(names: Iterable[str]) -> str:
    listed = list(names)
    rest = len(listed) - _NAMED
    return ", ".join(listed[:_NAMED]) + (f" and {rest:,} more" if rest > 0 else "")
