"""Looks into a run that is over, as a watch does into one that goes on."""

from __future__ import annotations

from pathlib import Path

from engine.errors import FoveaError
from engine.project.document import Project
from engine.runs.checkpoints import Checkpoint, read_checkpoint
from engine.runs.folder import RunFolder
from engine.runs.glimpses import MapsRead
from engine.runs.listing import find_run
from engine.train.position import Position
from engine.train.watch import Ask

__all__ = ["Finished"]


class Finished:
    """The best weights of a run, kept open; on the processor, where one image costs milliseconds.

    Raises FoveaError: FV-T001 (no such run), FV-T011 (no weights yet), FV-T010 (they do not fit),
    FV-T013 (other images than it was trained on), or what opening data and model raises.

    Attributes:
        run: its id. epoch: the epoch that the weights are from. graph: its model.
    """

    def __init__(self, project_dir: Path, run: str = "last") -> None:
        from engine.train.prepare import prepare
        from engine.train.trainer import Trainer

        folder = RunFolder(find_run(project_dir, run).path)
        best = _best(folder)
        project = Project.from_json(folder.read_project())
        known = {**folder.read(), "passes": "plain"}
        prepared = prepare(project, project_dir, device="cpu", known=known, restored=True)
        self.run = folder.id
        self.epoch = int(best.facts["best"]["epoch"])
        self.graph = project.model
        position = Position()
        position.epoch = max(0, self.epoch - 1)
        position.step = self.epoch * prepared.pieces.steps_per_epoch
        self._trainer = Trainer(prepared.pieces, position)
        try:
            self._trainer.restore(best.tensors)
        except (RuntimeError, KeyError) as error:
            raise FoveaError(
                "FV-T010",
                "The weights do not fit the model of this run.",
                where=str(folder.checkpoints),
                why=str(error).splitlines()[-1].strip()[:300],
                kept="The weights are unchanged.",
                fix="Choose another run, or train again.",
            ) from error

    def maps(self, row: int, node: str) -> MapsRead:
        """What a node makes of image ``row``; see :func:`engine.train.probe.read_maps`."""
        from engine.train.probe import read_maps

        return read_maps(self._trainer, Ask(row, node))


def _best(folder: RunFolder) -> Checkpoint:
    found = read_checkpoint(folder.checkpoints, "best")
    if found is None:
        raise FoveaError(
            "FV-T011",
            f"The run “{folder.id}” has no weights to look at.",
            where=str(folder.checkpoints),
            why="It has not finished an epoch, or its files are gone.",
            fix="Let a run train for at least one epoch.",
        )
    return found
