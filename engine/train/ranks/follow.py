"""All processes but the first: the same steps, without a word and without a file of the run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.compute.device import use_threads
from engine.project.document import Project
from engine.runs.checkpoints import read_checkpoint
from engine.runs.events import Event
from engine.runs.folder import RunFolder, runs_dir
from engine.train.control import Control
from engine.train.fit import fit
from engine.train.guards.losses import Diverged
from engine.train.guards.repair import mend, remedied
from engine.train.keeper import Keeper
from engine.train.meter import NotFinite
from engine.train.position import Position
from engine.train.prepare import prepare
from engine.train.ranks.group import SeveralRanks
from engine.train.trainer import Trainer

__all__ = ["follow"]


def follow(ranks: SeveralRanks, project_dir: Path, device: str | None, control: Control) -> bool:
    """Computes each run that the first process begins, until there is none; whether all went well.

    What fails here is left for the first process to tell.
    """
    use_threads(None)
    try:
        while run := ranks.told()["run"]:
            _train_along(
                ranks, RunFolder(runs_dir(project_dir) / run), project_dir, device, control
            )
    except Exception as error:  # the first process has the person's ear
        ranks.fail(error)
        return False
    return True


def _train_along(
    ranks: SeveralRanks, folder: RunFolder, project_dir: Path, device: str | None, control: Control
) -> None:
    """One run, from what the first process has written into its folder."""
    project = Project.from_json(folder.read_project())
    facts = folder.read()
    place = ranks.place(device or project.training.device)
    arithmetic = {**facts["arithmetic"], "device": place}
    checkpoint = read_checkpoint(folder.checkpoints, "last")
    prepared = prepare(
        project,
        project_dir,
        device=device,
        known={**facts, "arithmetic": arithmetic},
        restored=checkpoint is not None,
        ranks=ranks,
    )
    position = Position.from_json(checkpoint.facts["position"]) if checkpoint else Position()
    trainer = Trainer(remedied(prepared.pieces, len(position.repairs)), position)
    if checkpoint is not None:
        trainer.restore(checkpoint.tensors)
    for _ in _fit(trainer, control):
        pass


def _fit(trainer: Trainer, control: Control) -> Iterator[Event]:
    while True:
        try:
            yield from fit(trainer, _Bystander(), control)
        except (NotFinite, Diverged) as error:
            trainer, _ = mend(trainer, error)
        else:
            return


class _Bystander(Keeper):
    """Keeps nothing: the first process does."""

    def __init__(self) -> None:
        self.waited = 0.0

    def hold_best(self, trainer: Trainer) -> None:
        """Does nothing."""

    def due(self, *, after_epoch: bool) -> bool:
        """Never."""
        return False

    def save(self, trainer: Trainer, *, final: bool = False) -> Iterator[Event]:
        """Nothing to tell."""
        yield from ()

    def save_best(self) -> Iterator[Event]:
        """Nothing to tell."""
        yield from ()

    def check_room(self, trainer: Trainer) -> Iterator[Event]:
        """Nothing to tell."""
        yield from ()
