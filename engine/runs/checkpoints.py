"""Weights and other tensors on disc, in generations that prove themselves.

A generation is two files: ``last-000007.safetensors`` and ``last-000007.json``. The JSON is written
second, holds the SHA-256 of the tensors and one of itself, and so makes the generation valid: what
is torn, cut or bit-flipped is noticed, and the generation before it is read instead. Tensors are
serialised in memory, hashed, and written by our own writer; they are read from bytes, never mapped.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import FoveaError
from engine.files import strict_json
from engine.files.atomic import write_bytes, write_json
from engine.files.hashing import sha256_bytes

if TYPE_CHECKING:
    import torch

__all__ = ["Checkpoint", "read_checkpoint", "write_checkpoint"]

KEEP = 2


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a generation holds: tensors on the CPU, facts as plain JSON values.

    ``notices`` says, in sentences, which younger generations were damaged and passed over.
    """

    tensors: Mapping[str, torch.Tensor]
    facts: Mapping[str, Any]
    notices: tuple[str, ...] = field(default=())


def write_checkpoint(
    folder: Path, name: str, tensors: Mapping[str, torch.Tensor], facts: Mapping[str, Any]
) -> None:
    """Writes a new generation of ``name`` and removes all but the youngest two.

    Raises FoveaError FV-O001 when the disc refuses; older generations are then untouched.
    """
    from safetensors.torch import save

    folder.mkdir(parents=True, exist_ok=True)
    numbers = _numbers(folder, name, "json")
    stem = f"{name}-{numbers[-1] + 1 if numbers else 1:06d}"
    data = save({key: value.detach().cpu().contiguous() for key, value in tensors.items()})
    body = {"tensors": {"bytes": len(data), "sha256": sha256_bytes(data)}, "facts": dict(facts)}
    write_bytes(folder / f"{stem}.safetensors", data)
    write_json(folder / f"{stem}.json", body | {"sha256": _digest(body)}, indent=None)
    _sweep(folder, name)


def read_checkpoint(folder: Path, name: str) -> Checkpoint | None:
    """The youngest whole generation of ``name``; ``None`` when there never was one.

    Raises FoveaError FV-T002 when there are generations and all of them are damaged.
    """
    problems: list[str] = []
    numbers = _numbers(folder, name, "json")
    for number in reversed(numbers):
        stem = folder / f"{name}-{number:06d}"
        try:
            tensors, facts = _read(stem)
        except (OSError, ValueError, FoveaError) as error:
            reason = error.why or error.what if isinstance(error, FoveaError) else str(error)
            problems.append(f"The checkpoint {stem.name} is damaged and was passed over: {reason}")
            continue
        return Checkpoint(tensors, facts, tuple(problems))
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


def _read(stem: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    from safetensors import SafetensorError
    from safetensors.torch import load

    path = stem.with_suffix(".json")
    value = strict_json.loads(path.read_bytes(), where=str(path))
    if not isinstance(value, dict) or not {"tensors", "facts", "sha256"} <= value.keys():
        raise ValueError("its description is not whole.")
    body = {"tensors": value["tensors"], "facts": value["facts"]}
    if _digest(body) != value["sha256"]:
        raise ValueError("its description does not match its checksum.")
    data = stem.with_suffix(".safetensors").read_bytes()
    if sha256_bytes(data) != value["tensors"]["sha256"]:
        raise ValueError("its tensors do not match their checksum.")
    try:
        return load(data), value["facts"]
    except SafetensorError as error:
        raise ValueError(f"its tensors cannot be read ({error}).") from error


def _digest(body: Mapping[str, Any]) -> str:
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256_bytes(text.encode("utf-8", "surrogatepass"))


def _sweep(folder: Path, name: str) -> None:
    """Removes all but the youngest generations, and tensors that a kill left without their JSON."""
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
