"""What the build tells of itself: sizes and times, contents with licences, checksums."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Iterable

from common.commands import megabytes
from common.licences import Notice
from common.records import recorded


class Clock:
    """Times the steps of the build and prints each as it ends."""

    def __init__(self) -> None:
        self.laps: list[tuple[str, float]] = []
        self._last = time.monotonic()

    def lap(self, step: str) -> None:
        """The step that began with the last call has ended."""
        now = time.monotonic()
        self.laps.append((step, now - self._last))
        self._last = now
        print(f"{step}: {self.laps[-1][1]:.0f} s", flush=True)


def sizes(packages: Iterable[Path], parts: dict[str, Path], floor: str) -> str:
    """Sizes packed and on disk, in MB of 10^6 bytes; the same whenever the build is repeated.

    ``floor`` is the oldest system on which it runs.
    """
    lines = ["packed"]
    lines += [f"{path.stat().st_size / 1e6:10.1f} MB  {path.name}" for path in packages]
    on_disk = {name: megabytes(folder) for name, folder in parts.items()}
    lines += ["", "on disk"]
    lines += [f"{size:10.1f} MB  {name}" for name, size in on_disk.items()]
    lines += [f"{sum(on_disk.values()):10.1f} MB  together", ""]
    return "\n".join([*lines, f"runs from {floor} on", ""])


def contents(notices: Iterable[Notice], site: Path, left_out: Iterable[str], compared: int) -> str:
    """Every part with version, licence, number of files and MB; and what was left out.

    ``left_out`` names distributions; of ``compared`` files the hash is that of their wheel.
    """
    lines = [
        "Parts: name, version, files, MB, licence. The texts: licences/THIRD-PARTY-NOTICES.txt",
        "",
    ]
    measured = _measured(site)
    for notice in notices:
        count, size = measured.get(notice.name, (0, 0.0))
        shown = f"{count:6d} {size:8.1f}" if count else " " * 15
        lines.append(f"{notice.name:36} {notice.version:22} {shown}  {notice.licence}")
    lines += ["", "Distributions left out: " + ", ".join(left_out)]
    lines += [f"Files that equal the hashes in their wheels' RECORD: {compared}"]
    return "\n".join(lines) + "\n"


def sums(paths: Iterable[Path]) -> str:
    """SHA-256 of each file, as ``sha256sum --check`` reads it."""
    lines = []
    for path in paths:
        digest = hashlib.sha256()
        with path.open("rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                digest.update(block)
        lines.append(f"{digest.hexdigest()}  {path.name}")
    return "\n".join(lines) + "\n"


def _measured(site: Path) -> dict[str, tuple[int, float]]:
    """Kept files and MB of each distribution, by its name in small letters."""
    found = {}
    for info in site.glob("*.dist-info"):
        kept = [site / name for name in recorded(info) if (site / name).is_file()]
        name = info.name.split("-", 1)[0].lower().replace("_", "-")
        found[name] = (len(kept), sum(path.stat().st_size for path in kept) / 1e6)
    return found
