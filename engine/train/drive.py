"""Training here or in a process of its own, and from one to the other when the card is lost."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.data.dataset import open_dataset
from engine.data.manifest import load_manifest
from engine.errors import FoveaError
from engine.project.document import Project
from engine.runs.events import Event, Notice, RunFailed, RunFinished, RunStarted, Saved
from engine.runs.folder import RunFolder, runs_dir
from engine.train import isolated, loop
from engine.train.awake import awake
from engine.train.control import Control

__all__ = ["drive"]

_CARD_LOST = "FV-T005"
_NO_CARD = "FV-T006"
_lost_here = False
"""Whether a run in this process has lost its card: CUDA cannot be used again before it ends."""


def drive(
    project: Project | None,
    project_dir: Path,
    *,
    apart: bool = False,
    resume: str | None = None,
    control: Control | None = None,
    **options: Any,
) -> Iterator[Event]:
    """:func:`engine.train.train`, in a child process if ``apart``, which outlives a lost card.

    When the graphics card stops working (FV-T005), its context is lost for the process that used
    it. The labels are checked on the processor, and the run goes on from its last checkpoint in a
    new process on the same card, once; if the card fails again before another checkpoint, or
    is not there any more (FV-T006), the run fails and says how to get the card back. Any other
    error of the new process stays what it is, and says that the card had failed before. The
    computer is kept awake meanwhile. All other arguments and the events are those of ``train``.
    """
    control = control or Control()
    driven = _driven(project, Path(project_dir), apart, resume, control, options)
    return awake(driven, control)


def _driven(
    project: Project | None,
    project_dir: Path,
    apart: bool,
    resume: str | None,
    control: Control,
    options: Mapping[str, Any],
) -> Iterator[Event]:
    global _lost_here
    apart = apart or _lost_here
    run, retried, held = resume or "", False, False
    lost: RunFailed | None = None
    while True:
        failed, ended = None, False
        source = isolated.train_isolated if apart else loop.train
        try:
            for event in source(project, project_dir, resume=resume, control=control, **options):
                run = event.run if isinstance(event, RunStarted) else run
                retried = retried and not isinstance(event, Saved)
                held = isolated.was_held(event) or (held and not isinstance(event, Saved))
                ended = isinstance(event, (RunFinished, RunFailed))
                if isinstance(event, RunFailed) and event.code == _CARD_LOST:
                    failed = event
                else:
                    yield event
        except FoveaError as error:
            _lost_here = _lost_here or (error.code == _CARD_LOST and not apart)
            if lost is None:
                raise
            ends = RunFailed(run=run, **error.fields())
            gone = error.code in (_CARD_LOST, _NO_CARD)
            yield (
                _gone(project_dir, run, ends, lost, held)
                if gone
                else _other(project_dir, run, ends, lost)
            )
            return
        if failed is None:
            if lost is not None and not ended:  # stopped before it went on: it ends as it failed
                yield lost
            return
        _lost_here = _lost_here or not apart
        wrong = _wrong_labels(project_dir, run)
        if wrong is not None or control.stopping:
            yield wrong or failed
            return
        if retried:
            yield _gone(project_dir, run, failed, lost, held)
            return
        lost = failed
        yield _take_over(project_dir, run, failed)
        apart = retried = True
        project, resume = None, run
        options = {k: v for k, v in options.items() if k not in ("run_id", "queued")}
        options["device"] = _device_of(project_dir, run) or options.get("device")


def _take_over(project_dir: Path, run: str, failed: RunFailed) -> Notice:
    notice = Notice(
        f"The graphics card stopped working ({failed.why}) The run goes on in a process of its "
        "own, from its last checkpoint.",
        "warning",
    )
    _append(project_dir, run, notice)
    return notice


def _gone(
    project_dir: Path, run: str, failed: RunFailed, lost: RunFailed | None, held: bool
) -> RunFailed:
    """The failure of a card that a new process could not use either, with what brings it back."""
    first = f"{failed.why} " if failed.why else ""
    before = f" It had failed before: {lost.why}" if lost is not None and lost.why else ""
    slept = " The computer had slept, or the process was held." if held else ""
    told = replace(
        failed,
        why=f"{first}A new process could not use the card either.{before}{slept}",
        kept=failed.kept or (lost.kept if lost is not None else ""),
        fix="Reload the driver (as administrator: rmmod nvidia_uvm, then modprobe nvidia_uvm) or "
        "reboot, then resume the run; or resume it with the device cpu.",
    )
    _append(project_dir, run, told)
    return told


def _other(project_dir: Path, run: str, failed: RunFailed, lost: RunFailed) -> RunFailed:
    """A failure of the new process that is not the card's, with what came before it."""
    why = f"{failed.why} The card had failed before: {lost.why or lost.what}".lstrip()
    told = replace(failed, why=why, kept=failed.kept or lost.kept)
    _append(project_dir, run, told)
    return told


def _append(project_dir: Path, run: str, event: Event) -> None:
    record = RunFolder(runs_dir(project_dir) / run)
    record.append(event)
    with contextlib.suppress(FoveaError):  # the seal of its history takes the event in
        record.end("failed")


def _device_of(project_dir: Path, run: str) -> str:
    """Where the run computed: one that began on a card does not go on elsewhere unasked."""
    try:
        facts = RunFolder(runs_dir(project_dir) / run).read()
        return str(facts["arithmetic"]["device"])
    except (FoveaError, KeyError, TypeError):
        return ""


def _wrong_labels(project_dir: Path, run: str) -> RunFailed | None:
    """The failure that explains it, when a label is no class of the model: cards die of that."""
    try:
        project = Project.from_json(RunFolder(runs_dir(project_dir) / run).read_project())
        manifest = load_manifest(project_dir, project.data.manifest)
        data = open_dataset(project.data, manifest, project_dir)
    except FoveaError:
        return None
    labels = data.answers
    if labels.ndim != 1 or not len(labels):
        return None
    low, high = int(labels.min()), int(labels.max())
    if low >= 0 and high < len(data.classes):
        return None
    error = FoveaError(
        "FV-T032",
        "A label is not one of the classes.",
        where="data",
        why=f"The labels go from {low} to {high}, and there are {len(data.classes)} classes.",
        kept=f"Everything up to the last checkpoint, in {runs_dir(project_dir) / run}.",
        fix="Scan the images again on the Data page, then start a new run.",
    )
    return RunFailed(run=run, **error.fields())
