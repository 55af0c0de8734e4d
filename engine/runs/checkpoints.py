"""Weights and other tensors on disc, in generations that prove themselves.

A generation is two files: ``last-000007.safetensors`` and ``last-000007.json``. The JSON is written
second, holds the SHA-256 of the tensors and one of itself, and so makes the generation valid: what
is torn, cut or bit-flipped is noticed, and the generation before it is read instead. Tensors are
hashed and written by our own writer piece by piece, read into memory of their own, never mapped.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import FoveaError
from engine.files import strict_json
from engine.files.atomic import write_json
from engine.files.hashing import HashedReader, sha256_bytes
from engine.files.tensors import write_tensors
from engine.weights.refusals import Unreadable
from engine.weights.safe import read_safetensors

if TYPE_CHECKING:
    import torch

__all__ = ["Checkpoint", "newest_digest", "read_checkpoint", "write_checkpoint"]

KEEP = 2


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a generation holds: tensors on the CPU, facts as plain JSON values.

    ``digest`` is the SHA-256 of the tensors' file. ``notices`` says, in sentences, which younger
    generations were damaged and passed over.
    """

    tensors: Mapping[str, torch.Tensor]
    facts: Mapping[str, Any]
    digest: str = ""
    notices: tuple[str, ...] = field(default=())


def write_checkpoint(
    folder: Path, name: str, tensors: Mapping[str, torch.Tensor], facts: Mapping[str, Any]
) -> int:
    """Writes a new generation of ``name`` and removes all but the youngest two.

    Returns the bytes of its tensors. Raises FoveaError FV-O001 when the disc refuses; older
    generations are then untouched.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        numbers = _numbers(folder, name, "json")
    except OSError as error:
        raise FoveaError(
            "FV-O001",
            "The checkpoint could not be written.",
            where=str(folder),
            why=f"{error.strerror or error}.",
            fix="Check that the project's folder is there and can be written to.",
        ) from error
    stem = f"{name}-{numbers[-1] + 1 if numbers else 1:06d}"
    size, digest = write_tensors(folder / f"{stem}.safetensors", tensors)
    body = {"tensors": {"bytes": size, "sha256": digest}, "facts": dict(facts)}
    write_json(folder / f"{stem}.json", body | {"sha256": _digest(body)}, indent=None)
    _sweep(folder, name)
    return size


def read_checkpoint(folder: Path, name: str) -> Checkpoint | None:
    """The youngest whole generation of ``name``; ``None`` when there never was one.

    Raises FoveaError FV-T002 when there are generations and all of them are damaged.
    """
    problems: list[str] = []
    numbers = _numbers(folder, name, "json")
    for number in reversed(numbers):
        stem = folder / f"{name}-{number:06d}"
        try:
            return replace(_read(stem), notices=tuple(problems))
        except (OSError, ValueError, FoveaError) as error:
            reason = error.why or error.what if isinstance(error, FoveaError) else str(error)
            problems.append(f"The checkpoint {stem.name} is damaged and was passed over: {reason}")
    if not numbers:
        return None
    raise FoveaError(
        "FV-T002",
        "None of the saved weights of this run can be read.",
        where=str(folder),
        why=problems[0],
        kept="The settings and the history of the run are not affected.",
        fix="Restore the folder from a backup, or train again.",
    )


def newest_digest(folder: Path, name: str) -> str:
    """The SHA-256 of the youngest generation's tensors, without reading them; ``""`` for none.

    Raises OSError, ValueError or FoveaError when its description is damaged.
    """
    numbers = _numbers(folder, name, "json")
    return _describe(folder / f"{name}-{numbers[-1]:06d}")["tensors"]["sha256"] if numbers else ""


def _describe(stem: Path) -> dict[str, Any]:
    """The tensors' checksum and the facts of a generation, proven by their own checksum."""
    path = stem.with_suffix(".json")
    value = strict_json.loads(path.read_bytes(), where=str(path))
    if not isinstance(value, dict) or not {"tensors", "facts", "sha256"} <= value.keys():
        raise ValueError("its description is not whole.")
    body = {"tensors": value["tensors"], "facts": value["facts"]}
    if _digest(body) != value["sha256"]:
        raise ValueError("its description does not match its checksum.")
    return body


def _read(stem: Path) -> Checkpoint:
    body, path = _describe(stem), stem.with_suffix(".safetensors")
    with open(path, "rb") as file:
        source = HashedReader(file)
        try:
            tensors = read_safetensors(source, path.stat().st_size)
        except Unreadable as error:
            raise ValueError(f"its tensors cannot be read: {error.why}") from error
    if source.sha256 != body["tensors"]["sha256"]:
        raise ValueError("its tensors do not match their checksum.")
    return Checkpoint(tensors, body["facts"], source.sha256)


def _digest(body: Mapping[str, Any]) -> str:
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256_bytes(text.encode("utf-8", "surrogatepass"))


def _sweep(folder: Path, name: str) -> None:
    """Removes all but the youngest generations, and what a kill left half written.

    Only the process that owns the run calls it, between two writes, so no temporary is in use.
    """
    for stray in folder.glob(".fovea-*.tmp"):
        with contextlib.suppress(OSError):
            stray.unlink()
    kept = set(_numbers(folder, name, "json")[-KEEP:])
    for suffix in ("json", "safetensors"):
        for number in _numbers(folder, name, suffix):
            if number not in kept:
                with contextlib.suppress(OSError):
                    (folder / f"{name}-{number:06d}.{suffix}").unlink()


def _numbers(folder: Path, name: str, suffix: str) -> list[int]:
    pattern = re.compile(rf"{re.escape(name)}-(\d{{6,}})\.{suffix}")
    found = [pattern.fullmatch(path.name) for path in folder.iterdir()] if folder.is_dir() else []
    return sorted(int(match[1]) for match in found if match)
