"""Trials of batch sizes with real steps, out of memory included."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from engine.compile.demand import demand
from engine.compile.memory import Machine, available_memory
from engine.compute.device import choose_device, describe, machine
from engine.data.dataset import open_dataset
from engine.data.manifest import load_manifest
from engine.graph.analysis import analyse
from engine.project.document import Project
from engine.train.failures import explain
from engine.train.prepare import check_project
from engine.train.tools.batch_sizes import Trial, with_size
from engine.train.tools.workbench import Rehearsal, open_bench, release

__all__ = ["Probe"]

_KEPT = "Nothing was changed."


class Probe:
    """Tries batch sizes of one project on one device.

    Attributes:
        images: how many there are to train on.
        card: whether the device has memory of its own, which it refuses when it is full.
        limit: the largest batch by the memory estimate; ``None`` on a card, which is asked itself,
            and where the system does not say how much memory is free.
        name: the device in words.
    """

    def __init__(
        self,
        project: Project,
        folder: Path,
        device: str | None,
        progress: Callable[[int, int, str], None] | None,
    ) -> None:
        check_project(project)
        self._project, self._folder, self._wanted = project, folder, device
        self._progress = progress
        self._device = choose_device(device or project.training.device)
        manifest = load_manifest(folder, project.data.manifest)
        data = open_dataset(project.data, manifest, folder, progress=progress)
        self.images = int((data.split == 0).sum())
        self.card = self._device.type == "cuda"
        self.limit = None if self.card else _limit(project, self._device)
        self.name = describe(self._device)

    def tell(self, done: int, text: str) -> None:
        """Reports progress of unknown length; may raise Cancelled."""
        if self._progress is not None:
            self._progress(done, 0, text)

    def attempt(self, size: int, seconds: float) -> Trial:
        """Trains with batches of ``size`` for some ``seconds``; tells whether the memory sufficed.

        Raises FoveaError for any failure that is not one of memory.
        """
        trial = self._train(with_size(self._project, size), seconds)
        release(self._device)  # only now is nothing of the trial held any more
        return Trial(size, False) if trial is None else replace(trial, size=size)

    def fits(self) -> bool:
        """Whether a step of the project as it stands works."""
        need = self._project.training.batch_size // self._project.training.accumulation
        if self.limit is not None and min(need, self.images) > self.limit:
            return False
        trial = self._train(self._project, 0.0)
        release(self._device)
        return trial is not None

    def _train(self, project: Project, seconds: float) -> Trial | None:
        if self.card:
            torch.cuda.reset_peak_memory_stats(self._device)
        try:
            bench = open_bench(
                project, self._folder, device=self._wanted, make=Rehearsal, progress=self._progress
            )
            bench.to_last_epoch()  # the one that takes most memory and time
            bench.step()
            times = bench.step_times(seconds) if seconds else [0.0]
        except (RuntimeError, MemoryError) as error:
            told = explain(error, None, _KEPT)
            if told.code != "FV-T004":
                raise told from error
            return None
        pieces = bench.prepared.pieces
        quickest = min(times)
        images = len(pieces.train_rows) / pieces.steps_per_epoch
        memory = torch.cuda.max_memory_reserved(self._device) if self.card else None
        return Trial(0, True, quickest, images / quickest if quickest else 0.0, memory)


def _limit(project: Project, device: torch.device) -> int | None:
    """The largest batch by the memory that is free now; 0 where not even one image fits."""
    here: Machine = replace(machine(device), memory=available_memory())
    frame = project.frame()
    whole = analyse(project.model, frame)
    return demand(project.model, frame, whole, project.training, here).largest_batch(here)
