"""Versions and times of what is built: the same whenever one commit is built again."""

from __future__ import annotations

import hashlib
import os
import time
from typing import Iterable, NamedTuple

from common.commands import BuildError, files, run
from environment import ROOT


class Release(NamedTuple):
    """A version, and the time in seconds that everything in a package of it gets."""

    version: str
    epoch: int


def runtime_release(shaping: Iterable[str], also: Iterable[object]) -> Release:
    """Time, for versions to sort by, and content of a runtime.

    ``shaping`` are the files and folders in the project that decide what is in it, ``also``
    whatever else does, such as the versions of carried packages. Raises BuildError.
    """
    paths = tuple(shaping)
    digest = hashlib.sha256(repr(sorted(map(repr, also))).encode("utf-8"))
    for path in (ROOT / name for name in paths):
        for file in files(path) if path.is_dir() else [path]:
            digest.update(file.read_bytes())
    epoch = commit_time(*paths)
    moment = time.strftime("%Y.%m.%d.%H%M", time.gmtime(epoch))
    return Release(f"{moment}+{digest.hexdigest()[:10]}", epoch)


def commit_time(*paths: str) -> int:
    """When one of ``paths`` was last committed, or SOURCE_DATE_EPOCH. Raises BuildError."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given.isdigit():
        return int(given)
    try:
        return int(run(["git", "log", "-1", "--format=%ct", "--", *paths], cwd=ROOT))
    except (BuildError, ValueError) as error:
        raise BuildError(
            "the packages are dated by the last commit, and git does not tell it: build from a "
            "clone, or set SOURCE_DATE_EPOCH"
        ) from error
