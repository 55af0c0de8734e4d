"""The file of decoded pixels that training maps into memory; always deletable."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from engine.data.picture import Array
from engine.data.spec import DataSpec
from engine.errors import FoveaError
from engine.files import atomic, strict_json
from engine.files.hashing import sha256_bytes

__all__ = ["PixelCache"]

VERSION = 1
KEPT = 4
CHECK_BLOCK = 4_000_000
CHECK_BLOCKS = 64
DAY = 86_400.0
GUARD = ".pixels.guard"
LOOKS = 0.2


@dataclass(frozen=True)
class PixelCache:
    """One file of pixels ``[n, channels, size, size]``, named by what decides its content.

    ``pixels-KEY.u8`` (or ``.u16``) holds the pixels, ``pixels-KEY.json`` is written last and says
    that they are complete, with their checksum. A missing, cut or changed file counts as no cache.
    """

    folder: Path
    key: str
    shape: tuple[int, int, int, int]
    depth: int

    @classmethod
    def of(cls, spec: DataSpec, count: int, project_dir: Path) -> PixelCache:
        """The cache of a project's images, whether or not it exists."""
        deep = (spec.window, spec.window_low, spec.window_high) if spec.depth == 16 else ()
        settings = (VERSION, spec.manifest, spec.size, spec.channels, spec.resize, spec.depth, deep)
        key = sha256_bytes(json.dumps(settings).encode())[:32]
        shape = (count, spec.channel_count, spec.size, spec.size)
        return cls(Path(project_dir) / "cache", key, shape, spec.depth)

    @property
    def pixels_path(self) -> Path:
        """Where the pixels lie."""
        return self.folder / f"pixels-{self.key}.u{self.depth}"

    @property
    def _note_path(self) -> Path:
        return self.folder / f"pixels-{self.key}.json"

    @property
    def _size(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64)) * self.depth // 8

    def load(self) -> Array | None:
        """The pixels mapped read-only, or None when there is no complete and unchanged file."""
        try:
            note = strict_json.loads(self._note_path.read_bytes())
            whole = self.pixels_path.stat().st_size == self._size
            if not whole or note != self._note():
                return None
            os.utime(self._note_path)
            return self._mapped()
        except (OSError, FoveaError):
            return None

    @contextlib.contextmanager
    def alone(self, waits: Callable[[], object]) -> Iterator[None]:
        """The right to make caches of this project, held by one process or thread at a time.

        Others would decode the same images beside it. ``waits`` is called now and then until the
        right is free; what it raises ends the wait. A place that knows no locks gives it to all.
        """
        lock = FileLock(self.folder / GUARD)
        with contextlib.suppress(OSError, NotImplementedError):  # store() says what is wrong
            self.folder.mkdir(parents=True, exist_ok=True)
            while not lock.is_locked:
                try:
                    lock.acquire(timeout=LOOKS)
                except Timeout:
                    waits()
        try:
            yield
        finally:
            lock.release()

    def store(self, rows: Iterable[Array | None]) -> Array:
        """Writes one image ``[channels, size, size]`` after the other and gives them, mapped.

        None makes a black image and a cache that :meth:`load` will not accept. If ``rows`` raises,
        what was there before stays. Raises FoveaError FV-O001 when the disc is too small.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._tidy()
            self._demand_space()
        except OSError as error:
            raise self._refusal(f"{error.strerror or error}") from error
        temporary = atomic.temporary_beside(self.pixels_path)
        try:
            complete = self._write(temporary, rows)
            with contextlib.suppress(FileNotFoundError):
                self._note_path.unlink()
            atomic.publish(temporary, self.pixels_path)
            if complete:
                atomic.write_json(self._note_path, self._note())
            return self._mapped()
        except OSError as error:
            raise self._refusal(f"{error.strerror or error}") from error
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink()

    def _write(self, path: Path, rows: Iterable[Array | None]) -> bool:
        kind, one = np.dtype(f"<u{self.depth // 8}"), self.shape[1:]
        black, complete = np.zeros(one, kind), True
        with open(path, "xb") as file:
            for row in rows:
                complete = complete and row is not None
                pixels = black if row is None else row.astype(kind, copy=False)
                if pixels.shape != one:
                    raise ValueError(f"an image of shape {pixels.shape} for a cache of {one}")
                file.write(pixels.tobytes())
        return complete

    def _mapped(self) -> Array:
        return np.memmap(self.pixels_path, f"<u{self.depth // 8}", "r", shape=self.shape)

    def _note(self) -> dict[str, Any]:
        return {
            "fovea_cache": VERSION,
            "shape": list(self.shape),
            "depth": self.depth,
            "checksum": _checksum(self.pixels_path, self._size),
        }

    def _demand_space(self) -> None:
        free = shutil.disk_usage(self.folder).free
        if free < self._size:
            raise self._refusal(f"{free:,} bytes are free there")

    def _refusal(self, why: str) -> FoveaError:
        return FoveaError(
            "FV-O001",
            "The cache of decoded images could not be written.",
            where=str(self.folder),
            why=f"{self._size:,} bytes are needed; {why}.",
            kept="The project and its runs are unchanged.",
            fix="Free space on the drive, or choose a smaller image side.",
        )

    def _tidy(self) -> None:
        """Removes what a killed process left, and all but the caches that were used last."""
        for stray in self.folder.glob(".fovea-*.tmp"):
            with contextlib.suppress(OSError):
                if time.time() - stray.stat().st_mtime > DAY:
                    stray.unlink()
        pixels = sorted(self.folder.glob("pixels-*.u*"), key=_age)
        for path in pixels[KEPT - 1 :]:
            for part in (path.with_suffix(".json"), path):
                with contextlib.suppress(OSError):  # in use on Windows: stays until the next time
                    part.unlink()


def _age(pixels: Path) -> float:
    """Sorts caches that were used last first; one without its note was not complete."""
    try:
        return -pixels.with_suffix(".json").stat().st_mtime
    except OSError:
        return 0.0


def _checksum(path: Path, size: int) -> int:
    """CRC-32 over up to 64 blocks of 4 MB spread evenly: all of a file of up to 256 MB."""
    starts = range(0, size, CHECK_BLOCK)
    if len(starts) > CHECK_BLOCKS:
        starts = range(0, size - CHECK_BLOCK + 1, (size - CHECK_BLOCK) // (CHECK_BLOCKS - 1))
    value = 0
    with open(path, "rb") as file:
        for start in starts:
            file.seek(start)
            value = zlib.crc32(file.read(CHECK_BLOCK), value)
    return value
