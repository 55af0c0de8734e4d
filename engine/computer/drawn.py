"""A project of drawn cells in a temporary place, for trying what a computer can do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.project.document import Project
from engine.project.new import new_project

__all__ = ["drawn_project"]


def drawn_project(folder: Path, parts: Mapping[str, int], side: int) -> Project:
    """A new project in ``folder`` with the sample's four classes, its images in an ``.npz`` beside.

    ``parts`` says how many images of each class are in ``train``, ``val`` and ``test``; ``side`` is
    what they are scaled to, in pixels. Raises FoveaError FV-O001 or FV-P020.
    """
    import numpy as np

    from engine.sample.make import CLASSES, draw_cells

    random = np.random.default_rng(0)
    arrays = {}
    for part, count in parts.items():
        arrays[f"{part}_images"] = np.concatenate([draw_cells(c, count, random) for c in CLASSES])
        arrays[f"{part}_labels"] = np.repeat(np.arange(len(CLASSES), dtype=np.uint8), count)
    source = folder.with_name(f"{folder.name}.npz")
    np.savez(source, **arrays)
    return new_project(folder, source, size=side)
