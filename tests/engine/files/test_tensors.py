"""Tensors as files: the bytes of the library, without its copies."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import tracemalloc
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch
import torch

from engine.errors import FoveaError
from engine.files import atomic
from engine.files.hashing import HashedReader
from engine.files.tensors import KINDS, tensors_sha256, write_tensors
from engine.weights.safe import read_safetensors
from tests.engine.copies import Copies


def of_every_kind() -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    found: dict[str, torch.Tensor] = {}
    for kind in KINDS.values():
        values = torch.randint(0, 2, (3, 5)).to(getattr(torch, kind))
        found |= {f"of {kind}": values, f"A {kind}": values[0, 0], f"none {kind}": values[:0]}
    wide = torch.randn(4, 6)
    return found | {
        "channels last": torch.randn(4, 3, 5, 6).to(memory_format=torch.channels_last),
        "turned": wide.t(),
        "every third": wide.reshape(-1)[::3],
        "repeated": wide[:1].expand(5, 6),
        "shared": wide,
        "learnt": torch.nn.Parameter(torch.randn(3)),
        "in pieces": torch.randn(1_000_003, 2),
        'é"\n\x1f\x7f\\/😀': torch.zeros(0, 3),
    }


@pytest.mark.parametrize("left_out", range(8))
def test_bytes_and_checksum_are_those_of_the_library(tmp_path: Path, left_out: int) -> None:
    """Without the first few names the header gets other lengths, and other blanks behind it."""
    tensors = dict(list(of_every_kind().items())[left_out:])
    plain = {name: value.detach().contiguous().clone() for name, value in tensors.items()}
    wanted = safetensors.torch.save(plain)
    size, digest = write_tensors(tmp_path / "a", tensors)
    assert (tmp_path / "a").read_bytes() == wanted
    assert size == len(wanted)
    assert digest == tensors_sha256(tensors) == hashlib.sha256(wanted).hexdigest()


def test_arrays_are_written_as_the_library_writes_them(tmp_path: Path) -> None:
    grid = np.arange(12, dtype=np.int64).reshape(3, 4)
    arrays = {"rows": grid.T, "one": np.array(0.5), "flags": grid > 5, "bytes": grid.astype("u1")}
    write_tensors(tmp_path / "a", arrays)
    plain = {name: value.copy(order="C") for name, value in arrays.items()}
    assert (tmp_path / "a").read_bytes() == safetensors.numpy.save(plain)


def test_what_is_written_is_read_by_ours_and_by_the_library(tmp_path: Path) -> None:
    tensors, path = of_every_kind(), tmp_path / "a"
    size, digest = write_tensors(path, tensors)
    with open(path, "rb") as file:
        source = HashedReader(file)
        ours = read_safetensors(source, size)
    assert source.sha256 == digest
    for found in (ours, safetensors.torch.load(path.read_bytes())):
        assert found.keys() == tensors.keys()
        for name, value in tensors.items():
            assert found[name].dtype == value.dtype
            assert torch.equal(found[name], value)


@pytest.mark.parametrize("value", [torch.zeros(2, dtype=torch.complex64), np.zeros(2, ">f4")])
def test_a_type_that_the_format_lacks_is_refused_before_the_disc_is_touched(
    tmp_path: Path, value: Any
) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(ValueError, match="cannot be written"):
        write_tensors(tmp_path / "a", {"a": value})
    assert os.listdir(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


class Full:
    """A file on a disc that is full after ``room`` bytes."""

    def __init__(self, room: int, *opened: Any) -> None:
        self._file, self._room = io.FileIO(*opened), room

    def __enter__(self) -> Full:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, data: bytes) -> int:
        self._room -= len(data)
        if self._room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return int(self._file.write(data))


@pytest.mark.parametrize("room", [0, 100, 20_000, 60_000])
def test_a_disc_that_is_full_amid_the_values_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    path, tensors = tmp_path / "a", {f"w{n}": torch.ones(5_000) for n in range(4)}
    size, _ = write_tensors(path, {"w": torch.zeros(9)})
    old = path.read_bytes()
    monkeypatch.setattr(atomic, "open", partial(Full, room), raising=False)
    with pytest.raises(FoveaError) as caught:
        write_tensors(path, tensors)
    monkeypatch.undo()
    assert caught.value.code == "FV-O001"
    size, _ = write_tensors(tmp_path / "b", tensors)
    assert f"{size:,} bytes are needed" in caught.value.why
    assert path.read_bytes() == old
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]


@pytest.mark.parametrize("kind", [RuntimeError, OSError])
def test_what_making_a_piece_raises_is_passed_on_and_keeps_the_old_file(
    tmp_path: Path, kind: type[Exception]
) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"new"
        raise kind("the card is gone")

    atomic.write_text(tmp_path / "a", "old")
    with pytest.raises(kind, match="card"):
        atomic.write_pieces(tmp_path / "a", pieces(), 10)
    assert (tmp_path / "a").read_text() == "old"
    assert os.listdir(tmp_path) == ["a"]


def test_what_is_not_contiguous_is_brought_to_the_host_before_it_is_laid_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a card the other order would take the memory of a second tensor there."""
    brought: list[bool] = []
    usual = torch.Tensor.cpu

    def cpu(tensor: torch.Tensor) -> torch.Tensor:
        brought.append(tensor.is_contiguous())
        return usual(tensor)

    monkeypatch.setattr(torch.Tensor, "cpu", cpu)
    tensors_sha256({"turned": torch.randn(4, 6).t()})
    assert brought[0] is False


def test_writing_and_reading_hold_no_second_copy(tmp_path: Path) -> None:
    """Of 12 MB: Python holds next to nothing, and torch one tensor that lies otherwise."""
    tensors = {f"w{n}": torch.zeros(500_000) for n in range(5)}
    tensors["last"] = torch.zeros(5, 100, 10, 100).to(memory_format=torch.channels_last)
    tracemalloc.start()
    try:
        with Copies() as copies:
            size, _ = write_tensors(tmp_path / "a", tensors)
        with open(tmp_path / "a", "rb") as file:
            found = read_safetensors(HashedReader(file), size)
        held = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size > 12_000_000
    assert held < 1_000_000
    assert copies.sizes == [2_000_000]
    assert found.keys() == tensors.keys()
