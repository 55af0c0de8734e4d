"""Training here or in a process of its own, and from one to the other when the card is lost."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.data.dataset import open_dataset
from engine.data.manifest import load_manifest
from engine.errors import FoveaError
from engine.project.document import Project
from engine.runs.events import Event, Notice, RunFailed, RunFinished, RunStarted, Saved
from engine.runs.folder import RunFolder, runs_dir
from engine.train import isolated, loop
from engine.train.control import Control

__all__ = ["drive"]

_CARD_LOST = "FV-T005"
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
    new process, once; if the card fails again before another checkpoint, the run fails. All other
    arguments and the events are those of ``train``.
    """
    global _lost_here
    control = control or Control()
    apart = apart or _lost_here
    run, retried = resume or "", False
    lost: RunFailed | None = None
    while True:
        failed, ended = None, False
        source = isolated.train_isolated if apart else loop.train
        try:
            for event in source(project, project_dir, resume=resume, control=control, **options):
                run = event.run if isinstance(event, RunStarted) else run
                retried = retried and not isinstance(event, Saved)
                ended = isinstance(event, (RunFinished, RunFailed))
                if isinstance(event, RunFailed) and event.code == _CARD_LOST:
                    failed = event
                else:
                    yield event
        except FoveaError as error:
            _lost_here = _lost_here or (error.code == _CARD_LOST and not apart)
            if lost is None:
                raise
            yield RunFailed(run=run, **error.fields())
            return
        if failed is None:
            if lost is not None and not ended:  # stopped before it went on: it ends as it failed
                yield lost
            return
        _lost_here = _lost_here or not apart
        wrong = _wrong_labels(Path(project_dir), run)
        if wrong is not None or retried or control.stopping:
            yield wrong or failed
            return
        lost = failed
        yield _take_over(Path(project_dir), run, failed)
        apart = retried = True
        project, resume = None, run
        options = {k: v for k, v in options.items() if k not in ("run_id", "queued")}


def _take_over(project_dir: Path, run: str, failed: RunFailed) -> Notice:
    notice = Notice(
        f"The graphics card stopped working ({failed.why}) The run goes on in a process of its "
        "own, from its last checkpoint.",
        "warning",
    )
    record = RunFolder(runs_dir(project_dir) / run)
    record.append(notice)
    with contextlib.suppress(FoveaError):  # the seal of its history takes the notice in
        record.end("failed")
    return notice


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
