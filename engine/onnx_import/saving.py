"""Imported weights as a file, for programs and projects that read a ``state_dict``."""

from __future__ import annotations

from pathlib import Path

from engine.files.tensors import write_tensors
from engine.onnx_import.importing import Imported

__all__ = ["save_weights"]


def save_weights(imported: Imported, path: Path) -> None:
    """Writes the weights as safetensors, by the names of the compiled model's ``state_dict``.

    Raises FoveaError FV-O001 when the system refuses.
    """
    write_tensors(path, imported.weights)
