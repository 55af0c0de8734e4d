"""The embedded sample as a project, made on the spot."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

__all__ = ["SAMPLE_NAME", "create_sample"]

SAMPLE_NAME = "Sample cells"

Progress = Callable[[int, int, str], None]


def create_sample(parent: Path, progress: Progress | None = None) -> Path:
    """The folder of the sample project below ``parent``; made now unless it is there already.

    Its images are synthetic and lie beside it in ``Sample cells images``. Takes about three
    seconds. Raises FoveaError FV-O001 when the disk refuses.
    """
    from engine.project.new import new_project
    from engine.project.store import is_project
    from engine.sample import make_sample

    folder = parent / SAMPLE_NAME
    if is_project(folder):
        return folder
    images = parent / f"{SAMPLE_NAME} images"
    if not images.is_dir():
        parent.mkdir(parents=True, exist_ok=True)
        building = parent / f".{secrets.token_hex(8)}.new"
        make_sample(building)
        building.rename(images)
    new_project(folder, images, progress=progress)
    return folder
