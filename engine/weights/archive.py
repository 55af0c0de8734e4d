"""Reading ``.pth`` and ``.pt``: the zip file that ``torch.save`` writes."""

from __future__ import annotations

import zipfile
from typing import IO, TYPE_CHECKING, Any, Final

from engine.weights.machine import LARGEST, TensorPlan, run
from engine.weights.refusals import Unreadable

if TYPE_CHECKING:
    import torch

__all__ = ["is_archive", "read_archive"]

_WRAPPERS: Final = ("state_dict", "model_state_dict", "model", "weights")
_MOST_TENSORS: Final = 100_000
_MOST_FILES: Final = 100_000


def is_archive(data: bytes) -> bool:
    """Whether the first bytes of a file are those of a zip file."""
    return data[:4] == b"PK\x03\x04"


def read_archive(file: IO[bytes], size: int) -> dict[str, torch.Tensor]:
    """The tensors of a ``state_dict`` by their names, in the file's order, on the processor.

    A dictionary that holds the state_dict under ``state_dict``, ``model_state_dict``, ``model`` or
    ``weights`` is opened. ``size`` is that of the file in bytes. Nothing is extracted to disc;
    names inside the zip are only compared. Raises Unreadable.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            files = _files(archive, size)
            plans = _tensors(run(_contents(archive, files, "data.pkl")))
            order = files.get("byteorder")
            if order is not None and (order.file_size > 16 or archive.read(order) != b"little"):
                raise Unreadable("Its numbers are stored in big-endian byte order.")
            return _load(archive, files, plans, size)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError) as error:
        raise Unreadable(f"The file is damaged or cut off ({error!s:.120}).") from error


def _files(archive: zipfile.ZipFile, size: int) -> dict[str, zipfile.ZipInfo]:
    """What is in the one folder of the zip, by its name there."""
    infos = archive.infolist()
    tables = [info.filename for info in infos if info.filename.endswith("/data.pkl")]
    if len(infos) > _MOST_FILES or len(tables) != 1:
        raise Unreadable("It is a zip file, but not one that torch.save wrote.")
    folder = tables[0].removesuffix("data.pkl")
    found = {i.filename.removeprefix(folder): i for i in infos if i.filename.startswith(folder)}
    packed = any(i.compress_type != zipfile.ZIP_STORED for i in infos)
    if packed or len(found) != len(infos) or sum(i.file_size for i in infos) > size:
        raise Unreadable("Its parts are compressed, doubled or larger than the file itself.")
    return found


def _contents(archive: zipfile.ZipFile, files: dict[str, zipfile.ZipInfo], name: str) -> bytes:
    if files[name].file_size > LARGEST:
        raise Unreadable(f"Its description of the tensors has {files[name].file_size:,} bytes.")
    return archive.read(files[name])


def _tensors(value: Any) -> dict[str, TensorPlan]:
    """The state_dict in what was described: itself, or under one of the usual names."""
    for _ in range(3):
        inner = next((value[n] for n in _WRAPPERS if n in value), None) if _is_dict(value) else None
        if not _is_dict(inner):
            break
        value = inner
    if not _is_dict(value):
        raise Unreadable("It holds no dictionary of tensors.")
    plans = {k: v for k, v in value.items() if isinstance(k, str) and isinstance(v, TensorPlan)}
    if not plans:
        raise Unreadable("It holds no dictionary of tensors.")
    if len(plans) > _MOST_TENSORS:
        raise Unreadable(f"It holds {len(plans):,} tensors, more than Fovea reads.")
    return plans


def _is_dict(value: Any) -> bool:
    return type(value) is dict


def _load(
    archive: zipfile.ZipFile,
    files: dict[str, zipfile.ZipInfo],
    plans: dict[str, TensorPlan],
    size: int,
) -> dict[str, torch.Tensor]:
    import torch

    storages: dict[str, torch.Tensor] = {}
    tensors, seen = {}, 0
    for name, plan in plans.items():
        dtype = getattr(torch, plan.dtype)
        if plan.key not in storages:
            info = files.get(f"data/{plan.key}")
            if info is None or info.file_size != plan.count * dtype.itemsize:
                raise Unreadable(f"The values of “{name:.80}” are missing or cut off.")
            values = bytearray(archive.read(info))
            storages[plan.key] = (
                torch.frombuffer(values, dtype=dtype) if values else torch.empty(0, dtype=dtype)
            )
        storage = storages[plan.key]
        elements = _elements(plan, name)
        seen += elements * dtype.itemsize
        if storage.dtype != dtype or seen > 4 * size:
            raise Unreadable("Its tensors share values in a way that no state_dict does.")
        tensors[name] = torch.as_strided(storage, plan.size, plan.stride, plan.offset)
    return tensors


def _elements(plan: TensorPlan, name: str) -> int:
    """How many values a tensor has; refuses what reaches beyond its storage or overlaps itself."""
    elements, expected = 1, 1
    for length in plan.size:
        elements *= length
    axes = [(s, n) for s, n in zip(plan.stride, plan.size, strict=True) if n > 1]
    for stride, length in sorted(axes):
        if stride < expected:
            raise Unreadable(f"The values of “{name:.80}” overlap each other.")
        expected = stride * length
    last = plan.offset + sum(stride * (length - 1) for stride, length in axes)
    if elements and last >= plan.count:
        raise Unreadable(f"“{name:.80}” reaches beyond the values that the file has for it.")
    return elements
