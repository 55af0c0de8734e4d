"""The weights of an imported ONNX file as what a project starts from."""

from __future__ import annotations

from pathlib import Path

from engine.graph.analysis import analyse
from engine.layers.base import Frame
from engine.onnx_import import Imported
from engine.weights.fitting import fit_model
from engine.weights.keeping import keep
from engine.weights.start import StartWeights

__all__ = ["keep_imported"]


def keep_imported(
    imported: Imported, source: Path, project_dir: Path, frame: Frame
) -> StartWeights | None:
    """Copies the weights into the project's folder and gives what the project remembers of them.

    They fit the imported graph by name; the last layer starts anew where the number of classes
    differs. None where the file has no weights, or its graph cannot be built for ``frame`` as it
    is. Raises FoveaError: FV-M014 for values that are not finite, FV-O001 when the disc refuses.
    """
    import torch

    if not imported.weights or not analyse(imported.graph, frame).ok:
        return None
    given = {name: torch.tensor(value) for name, value in imported.weights.items()}
    fitted = fit_model(given, imported.graph, frame)
    return keep(fitted, source, project_dir, partial=True)
