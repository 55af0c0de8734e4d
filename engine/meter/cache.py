"""Readings kept beside the project's other deletable files; no torch.

A reading holds for the images (their list, size, channels and split), the cards' settings, and this
version of the meter: whatever of these changes, the key changes, and the reading is measured anew.
A damaged file counts as none.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from pathlib import Path

from engine.augment.pipeline import Card, Pipeline
from engine.errors import FoveaError
from engine.files import strict_json
from engine.files.atomic import write_json
from engine.files.hashing import sha256_bytes
from engine.meter.records import Reading
from engine.project.document import Project
from engine.runs.folder import runs_dir

__all__ = ["VERSION", "WHOLE", "alone", "load_reading", "load_readings", "measured", "store"]

VERSION = 2
"""Part of every key: raise it when measuring or judging changes."""
WHOLE = ""
"""Stands for the whole pipeline where a card's id is expected."""
KEPT = 200


def alone(pipeline: Pipeline, card: Card) -> Pipeline:
    """A pipeline of one card, switched on and outside its group, with the common settings."""
    return replace(pipeline, cards=(replace(card, on=True, group=""),), groups=())


def measured(pipeline: Pipeline, card: str) -> Pipeline:
    """What is measured for a card's id, or for :data:`WHOLE`: the cards that can act.

    Raises FoveaError FV-H003 for an id that is not there.
    """
    if card != WHOLE:
        return alone(pipeline, pipeline.card(card))
    cards = pipeline.active
    if len(cards) == 1 and not cards[0].group:
        return alone(pipeline, cards[0])  # nothing else to measure than the card itself
    used = {card.group for card in cards}
    groups = tuple(group for group in pipeline.groups if group.id in used)
    return replace(pipeline, cards=cards, groups=groups)


def load_readings(project: Project, project_dir: Path, *, seed: int = 0) -> dict[str, Reading]:
    """The readings that hold for the project as it is: by card id, the whole pipeline's under "".

    Reads small files only; what was not measured yet is not in it.
    """
    ids = [card.id for card in project.augment.cards]
    if project.augment.active:
        ids.append(WHOLE)
    found = ((id, load_reading(project, project_dir, id, seed)) for id in ids)
    return {id: reading for id, reading in found if reading is not None}


def load_reading(project: Project, project_dir: Path, card: str, seed: int) -> Reading | None:
    """The reading of one card (or of :data:`WHOLE`), ``None`` where there is no whole one."""
    path = _path(project, project_dir, card, seed)
    try:
        value = strict_json.loads(path.read_bytes(), where=str(path))
        reading = Reading.from_json(value["reading"])
        if value["fovea_meter"] != VERSION or value["key"] != path.stem:
            return None
    except (OSError, FoveaError, KeyError, TypeError, ValueError):
        return None
    own = reading.own
    if own is not None and not (runs_dir(project_dir) / own.run).is_dir():
        own = None  # the run was deleted: nobody could look at what it is said to do
    return replace(reading, card=card, title=title_of(project.augment, card), own=own)


def store(project: Project, project_dir: Path, reading: Reading, seed: int) -> None:
    """Keeps a reading. A disc that refuses costs only that it is measured again."""
    path = _path(project, project_dir, reading.card, seed)
    value = {"fovea_meter": VERSION, "key": path.stem, "reading": reading.to_json()}
    with contextlib.suppress(OSError, FoveaError):
        path.parent.mkdir(parents=True, exist_ok=True)
        _tidy(path.parent)
        write_json(path, value)


def title_of(pipeline: Pipeline, card: str) -> str:
    """What a card, or the whole, is called on screen."""
    return "Whole pipeline" if card == WHOLE else pipeline.card(card).transform.title


def _path(project: Project, project_dir: Path, card: str, seed: int) -> Path:
    data = {name: value for name, value in project.data.to_json().items() if name != "source"}
    parts = [VERSION, seed, data, measured(project.augment, card).to_json()]
    key = sha256_bytes(json.dumps(parts, sort_keys=True).encode())[:32]
    return Path(project_dir) / "cache" / "meter" / f"{key}.json"


def _tidy(folder: Path) -> None:
    """Makes room for one more: the oldest go."""
    paths = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in paths[KEPT - 1 :]:
        path.unlink(missing_ok=True)
