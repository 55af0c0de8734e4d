"""The runs of a project: listed, found by name, replayed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import FoveaError, suggest
from engine.runs.event_lines import unseal
from engine.runs.events import (
    EpochDone,
    Event,
    Notice,
    RunFailed,
    RunFinished,
    RunStarted,
    Saved,
    StepDone,
    from_json,
)
from engine.runs.folder import RunFolder, runs_dir
from engine.runs.notes import read_note

__all__ = ["RunInfo", "differences", "find_run", "left_behind", "list_runs", "replay"]

_UNNAMED = ("nodes", "layer", "cards", "transform")  # levels of the file that addresses leave out
_PLACES = ("at", "id")


@dataclass(frozen=True, slots=True)
class RunInfo:
    """One line of a project's run history.

    Attributes:
        id: the folder's name; ids sort by age.
        path: the folder.
        status: see :meth:`RunFolder.status`.
        started: UTC time, ISO format, ``""`` when unknown.
        seconds: active time.
        epochs_done, epochs: how far it came, and how far it was to go.
        best_epoch: 0 when no epoch was finished.
        metrics: those of the best epoch, as in ``RunFinished``.
        differing: settings that differ from the run before: address to (before, here), as texts.
        set, member: the set of runs that it belongs to and its number there, from 1; see
            :mod:`engine.runs.sets`.
        note: what a person wrote about it.
    """

    id: str
    path: Path
    status: str
    started: str = ""
    seconds: float = 0.0
    epochs_done: int = 0
    epochs: int = 0
    best_epoch: int = 0
    metrics: Mapping[str, float] = field(default_factory=dict)
    differing: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    set: str = ""
    member: int = 0
    note: str = ""


def list_runs(project_dir: Path) -> list[RunInfo]:
    """All runs of a project, oldest first. Reads only; damaged ones are listed as ``damaged``."""
    from engine.data.sources.listing import natural  # numpy, which the window's start spares

    folder = runs_dir(project_dir)
    found = [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
    paths = sorted(found, key=lambda path: natural(path.name))
    runs: list[RunInfo] = []
    before: dict[str, Any] = {}
    for path in paths:
        settings = _settings(RunFolder(path))
        changed = differences(before, settings) if before and settings else {}
        runs.append(_info(RunFolder(path), changed))
        before = settings or before
    return runs


def left_behind(project_dir: Path) -> RunInfo | None:
    """The youngest run, if it was interrupted (by a crash, or its process was killed)."""
    runs = [run for run in list_runs(project_dir) if run.status != "damaged"]
    return runs[-1] if runs and runs[-1].status == "interrupted" else None


def find_run(project_dir: Path, name: str) -> RunInfo:
    """The run named by its id, ``last`` (the youngest) or ``best``.

    ``best`` has the highest validation accuracy; of equal ones the lower loss, then the older.
    Raises FoveaError FV-T001 when there is none.
    """
    runs = list_runs(project_dir)
    exact = [run for run in runs if run.id == name]
    if exact:
        return exact[0]
    whole = [run for run in runs if run.status != "damaged"]
    if name == "last" and whole:
        return whole[-1]
    rated = [run for run in whole if run.best_epoch]
    if name == "best" and rated:
        return max(rated, key=_rating)
    raise FoveaError(
        "FV-T001",
        f"There is no run “{name:.80}”." if runs else "This project has no runs yet.",
        where=str(runs_dir(project_dir)),
        why="No finished epoch was found." if name == "best" else "No such run was found.",
        fix=suggest(name[:80], [run.id for run in runs]) if runs else "Train a model first.",
    )


def replay(run_dir: Path) -> Iterator[Event]:
    """The events of a run in order, as they were yielded live.

    A torn line (the process died while it wrote) is passed over. Where a run was resumed, what lay
    beyond the checkpoint is left out, because it was trained again. Lines that were damaged on the
    disc are left out, too, and a Notice before all others says so. Raises FoveaError FV-T002 when
    the file cannot be read.
    """
    path = Path(run_dir) / "events.jsonl"
    events: list[Event] = []
    try:
        lines = unseal(path.read_bytes(), _last_seal(RunFolder(run_dir)))
    except OSError as error:
        raise FoveaError(
            "FV-T002",
            "The history of this run cannot be read.",
            where=str(path),
            why=error.strerror or str(error),
            kept="Its weights are not affected.",
        ) from error
    for line in lines.bodies:
        event = _event(line)
        if isinstance(event, RunStarted) and events:
            events = [old for old in events if not _undone(old, event)]
        if event is not None:
            events.append(event)
    if lines.damaged:
        text = f"The history of this run is damaged ({path}): a part of it is missing here."
        yield Notice(text + " Its weights are not affected.", "warning")
    yield from events


def _last_seal(folder: RunFolder) -> str:
    """What seals the last line of a run that has ended, ``""`` where that is not known."""
    try:
        return str(folder.read().get("history") or "")
    except FoveaError:
        return ""


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Settings that differ between two projects in JSON: address to (before, after), as texts.

    Addresses are those of ``--set``; things with an id (nodes, cards) are named by it.
    """
    old, new = dict(_flat(before, "")), dict(_flat(after, ""))
    names = sorted(old.keys() | new.keys())
    found = {name: (old.get(name, "–"), new.get(name, "–")) for name in names}
    return {name: pair for name, pair in found.items() if pair[0] != pair[1]}


def _undone(event: Event, resumed: RunStarted) -> bool:
    if isinstance(event, EpochDone):
        return event.epoch > resumed.epochs_done
    if isinstance(event, (StepDone, Saved)):
        return event.step > resumed.step
    return isinstance(event, (RunFinished, RunFailed))


def _event(line: bytes) -> Event | None:
    try:
        return from_json(json.loads(line.decode("utf-8", "replace")))
    except (ValueError, RecursionError):
        return None


def _rating(run: RunInfo) -> tuple[float, float]:
    return run.metrics.get("val_accuracy", -1.0), -run.metrics.get("val_loss", float("inf"))


def _settings(folder: RunFolder) -> dict[str, Any]:
    try:
        return folder.read_project()
    except FoveaError:
        return {}


def _info(folder: RunFolder, differing: Mapping[str, tuple[str, str]]) -> RunInfo:
    status = folder.status()
    if status == "damaged":
        return RunInfo(folder.id, folder.path, status, note=read_note(folder.path))
    facts = folder.read()
    kept = facts.get("best")
    best: dict[str, Any] = kept if isinstance(kept, dict) else {}
    return RunInfo(
        folder.id,
        folder.path,
        status,
        started=str(facts.get("started", "")),
        seconds=float(_number(facts.get("seconds"))),
        epochs_done=int(_number(facts.get("epochs_done"))),
        epochs=int(_number(facts.get("epochs"))),
        best_epoch=int(_number(best.get("epoch"))),
        metrics={k: float(v) for k, v in best.items() if k != "epoch" and _number(v) == v},
        differing=differing,
        set=str(facts.get("set", "")),
        member=int(_number(facts.get("member"))),
        note=read_note(folder.path),
    )


def _number(value: Any) -> float:
    real = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if real else 0


def _flat(value: Any, address: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            if name in _UNNAMED:
                yield from _flat(part, address)
            elif name not in _PLACES:
                yield from _flat(part, f"{address}.{name}" if address else str(name))
    elif isinstance(value, list) and value and all(_named(part) for part in value):
        for part in value:
            yield from _flat(part, f"{address}.{part['id']}")
    else:
        yield address, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _named(part: Any) -> bool:
    return isinstance(part, Mapping) and isinstance(part.get("id"), str)
