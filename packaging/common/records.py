"""The RECORD of a distribution: which files are its own, and whether they are as they came."""

from __future__ import annotations

import base64
import csv
import hashlib
from pathlib import Path

from common.commands import BuildError


def recorded(info: Path) -> dict[str, str]:
    """The files of a distribution, with their hashes as RECORD has them ('' where it has none)."""
    with (info / "RECORD").open(encoding="utf-8", newline="") as lines:
        return {row[0]: row[1] for row in csv.reader(lines) if row}


def unmodified(site: Path) -> int:
    """Compare every kept file with the hash in its distribution's RECORD; how many were compared.

    Raises BuildError with the files that differ: what others made is passed on as it came. A link
    that the recipe put in a file's place is no file.
    """
    compared, changed = 0, []
    for info in sorted(site.glob("*.dist-info")):
        for name, expected in recorded(info).items():
            path = site / name
            if expected and path.is_file() and not path.is_symlink():
                compared += 1
                if record_hash(path) != expected:
                    changed.append(name)
    if changed:
        raise BuildError("files differ from their wheels: " + ", ".join(changed))
    return compared


def record_hash(path: Path) -> str:
    """The hash of a file as RECORD spells it."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return "sha256=" + base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode("ascii")
