"""A trained model written for others, and read back: the same images must give the same scores."""

from __future__ import annotations

import importlib.util
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.selftest.running import check

if TYPE_CHECKING:
    from torch import Tensor, nn

    from engine.layers.base import Frame

__all__ = ["exported"]

_CLOSE = 1e-4
_OPSET = 17


def exported(folder: Path, run: str) -> str:
    """Writes the best weights of a run as safetensors and its model as code, and loads both.

    Where the package ``onnx`` is there, the model also goes to ONNX and comes back by Fovea's own
    importer. Raises Failed where the scores differ.
    """
    import torch

    from engine.compile.module import compile_model
    from engine.project.document import Project
    from engine.runs.checkpoints import read_checkpoint
    from engine.runs.folder import RunFolder, runs_dir

    held = RunFolder(runs_dir(folder) / run)
    project = Project.from_json(held.read_project())
    kept = read_checkpoint(held.checkpoints, "best")
    check(kept is not None, "The run has no weights.")
    assert kept is not None
    weights = {name.removeprefix("model."): value for name, value in kept.tensors.items()}
    frame = project.frame()
    model = compile_model(project.model, frame).eval()
    model.load_state_dict(weights, strict=True)
    images = torch.rand(
        2, frame.channels, frame.height, frame.width, generator=torch.Generator().manual_seed(1)
    )
    with torch.inference_mode():
        expected = model(images)
    again = _from_code(project, weights, folder.parent)
    with torch.inference_mode():
        check(bool(torch.equal(again(images), expected)), "The exported code computes otherwise.")
    ways = ["safetensors", "code"]
    if importlib.util.find_spec("onnx"):
        far = float((_by_onnx(model, images, frame, folder.parent) - expected).abs().max())
        check(far < _CLOSE, f"The ONNX model is {far:.2g} off.")
        ways.append("ONNX")
    return f"{', '.join(ways)}: the same scores"


def _from_code(project: Any, weights: dict[str, Tensor], place: Path) -> nn.Module:
    """The model as its written code defines it, with the weights as their written file has them."""
    from safetensors.torch import load

    from engine.blocks.dropping import as_trained
    from engine.codegen.model import model_code
    from engine.files.atomic import write_text
    from engine.files.tensors import write_tensors

    write_text(
        place / "model.py", model_code(as_trained(project.model, project.training), project.frame())
    )
    write_tensors(place / "model.safetensors", weights)
    found = importlib.util.spec_from_file_location("fovea_exported", place / "model.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    quiet, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        found.loader.exec_module(module)  # our own code, written a moment ago
    finally:
        sys.dont_write_bytecode = quiet
    model = module.Model().eval()
    model.load_state_dict(load((place / "model.safetensors").read_bytes()), strict=True)
    return model


def _by_onnx(model: nn.Module, images: Tensor, frame: Frame, place: Path) -> Tensor:
    """The scores of the model after a way to ONNX and back."""
    import numpy as np
    import torch

    from engine.compile.module import compile_model
    from engine.onnx_import import import_onnx

    file = place / "model.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch speaks of its other exporter
        torch.onnx.export(
            model, (images,), file, dynamo=False, opset_version=_OPSET, input_names=["images"]
        )
    back = import_onnx(file, frame)
    again = compile_model(back.graph, frame).eval()
    tensors = {name: torch.from_numpy(np.array(value)) for name, value in back.weights.items()}
    again.load_state_dict(tensors, strict=True)
    with torch.inference_mode():
        return again(images)
