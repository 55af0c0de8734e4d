"""Starting weights in a project's folder: written once under their hash, read by every run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import FoveaError
from engine.files.atomic import write_bytes
from engine.files.hashing import HashedReader
from engine.files.tensors import tensors_sha256, write_tensors
from engine.weights.fitting import Fitted
from engine.weights.pairing import OPTIONAL, layers_of
from engine.weights.refusals import Unreadable
from engine.weights.safe import read_safetensors
from engine.weights.start import StartWeights

if TYPE_CHECKING:
    import torch

__all__ = ["copy_start", "keep", "put_into", "read_start"]


def keep(fitted: Fitted, source: Path, project_dir: Path, *, partial: bool = False) -> StartWeights:
    """Writes fitted weights into the project's folder and gives what the project remembers.

    ``partial`` allows layers that get no weights, beside a new head. Raises FoveaError FV-M014 when
    nothing can be loaded, or not all of it; FV-O001 when the disc refuses. The project's file is
    not touched: set ``start`` and save.
    """
    report = fitted.report
    if report.refusal or not (report.complete or partial):
        raise _refused(source, report.refusal, report.summary)
    start = StartWeights(tensors_sha256(fitted.tensors), source.name[:200], fitted.parameters)
    path = start.path(project_dir)
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise FoveaError(
            "FV-O001",
            "The starting weights could not be written.",
            where=str(path.parent),
            why=f"{error.strerror or error}.",
            kept="The project is unchanged.",
            fix="Check that the project's folder is there and can be written to.",
        ) from error
    write_tensors(path, fitted.tensors)
    return start


def read_start(start: StartWeights, project_dir: Path) -> dict[str, torch.Tensor]:
    """The kept weights by the model's names; raises FoveaError FV-M015 when they are not whole."""
    path = start.path(project_dir)
    try:
        with open(path, "rb") as file:
            source = HashedReader(file)
            tensors = read_safetensors(source, path.stat().st_size)
    except OSError as error:
        raise _lost(path, start, f"{error.strerror or error}.") from error
    except Unreadable as error:
        raise _lost(path, start, error.why) from error
    if source.sha256 != start.sha256:
        raise _lost(path, start, "The file does not match its checksum.")
    return tensors


def put_into(model: torch.nn.Module, tensors: dict[str, torch.Tensor]) -> tuple[str, ...]:
    """Loads weights into a model, layer by layer; returns the nodes that (partly) start at random.

    A layer whose tensors are not all there in its shapes stays as it is, as a whole: the model may
    have been edited since the weights were fitted to it.
    """
    own = model.state_dict()
    loaded: dict[str, torch.Tensor] = {}
    others: dict[str, None] = {}
    for names in layers_of(own).values():
        if all(name in tensors and tensors[name].shape == own[name].shape for name in names):
            loaded |= {name: tensors[name] for name in names}
        elif any(not name.endswith(OPTIONAL) for name in names):
            others[names[0].partition(".")[0]] = None
    model.load_state_dict(loaded, strict=False)
    return tuple(others)


def copy_start(start: StartWeights | None, project_dir: Path, target: Path) -> None:
    """Copies the kept weights into the folder of another project, where they can be read.

    Raises FoveaError FV-O001 when the disc refuses.
    """
    path = start.path(project_dir) if start is not None else None
    if start is None or path is None or not path.is_file():
        return
    (target / path.parent.name).mkdir(exist_ok=True)
    write_bytes(start.path(target), path.read_bytes())


def _refused(source: Path, refusal: str, summary: str) -> FoveaError:
    return FoveaError(
        "FV-M014",
        f"“{source.name:.80}” does not fit this model.",
        where=str(source),
        why=refusal or summary,
        kept="The model and its starting weights are unchanged.",
        fix="Choose the file of another network."
        if refusal
        else "Choose the template that the file was made for, or load only the layers that fit.",
    )


def _lost(path: Path, start: StartWeights, why: str) -> FoveaError:
    return FoveaError(
        "FV-M015",
        "The starting weights of the project cannot be read.",
        where=str(path),
        why=why,
        kept="The project and its runs are unchanged.",
        fix=f"Load {start.source} again on the Model page or with engine weights, or remove the "
        "starting weights.",
    )
