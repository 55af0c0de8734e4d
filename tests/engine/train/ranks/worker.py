"""What each of two processes does for ``test_ranks``: cases and runs, told in ``rankN.json``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from engine.augment.pipeline import Card, Pipeline
from engine.errors import FoveaError
from engine.optimizers.sgd import SGD
from engine.project.store import load
from engine.runs.events import EpochDone, Event
from engine.train import Control, train
from engine.train.feed import Feed
from engine.train.meter import NotFinite
from engine.train.position import Position
from engine.train.ranks.alone import Ranks
from engine.train.ranks.follow import follow
from engine.train.ranks.group import SeveralRanks, open_group
from engine.train.ranks.launch import launched
from engine.train.ranks.lead import lead
from engine.train.trainer import Trainer
from engine.transforms.regularising.mixup import MixUp
from tests.engine.train.hand_made import net, pieces

CASES: dict[str, dict[str, Any]] = {
    "small last batch": {"batch_size": 19},
    "all at once": {
        "batch_size": 15,
        "accumulation": 3,
        "sam": 0.05,
        "freeze_epochs": 1,
        "l1": 1e-4,
        "averaging": "ema",
    },
}


class Plain(torch.nn.Module):
    """Without batch norm and dropout, and with weights that no score depends on."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.conv = torch.nn.Conv2d(1, 4, 3)
        self.idle = torch.nn.Linear(2, 2)
        self.last = torch.nn.Linear(4 * 36, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.last(self.conv(images).relu().flatten(1))


def trainer_of(ranks: Ranks, model: torch.nn.Module, **recipe: Any) -> Trainer:
    mixing = Pipeline((Card("mix", MixUp(alpha=1.0)),))
    made = pieces(pipeline=mixing, optimizer=SGD(lr=0.05), **recipe)
    forward = ranks.forward(model, torch.device("cpu"))
    return Trainer(replace(made, model=model, forward=forward, ranks=ranks), Position())


def tried(ranks: Ranks, model: torch.nn.Module, **recipe: Any) -> dict[str, Any]:
    """Two epochs of steps and a validation."""
    trainer = trainer_of(ranks, model, **recipe)
    steps = trainer.pieces.steps_per_epoch
    trainer.set_training()
    for _ in range(2 * steps):
        trainer.position.epoch = trainer.position.step // steps
        trainer.step()
    window = trainer.meter.read(2 * steps)
    found = trainer.validate()
    weights = {name: value.flatten().tolist() for name, value in trainer.weights().items()}
    return {
        "losses": window.losses,
        "hits": window.hits,
        "sizes": window.sizes,
        "validation": [found.loss, found.accuracy, found.auc],
        "weights": weights,
    }


def broken_in_the_second(ranks: Ranks) -> tuple[int, bool]:
    """The step at which this process stops where the loss of the second one's share is NaN."""
    trainer = trainer_of(ranks, Plain())
    trainer.step()
    usual = trainer.update.loss
    if ranks.rank:
        trainer.update.loss = lambda scores, targets: usual(scores, targets) * torch.nan
    try:
        trainer.step()
    except NotFinite as error:
        return error.step, trainer.finite()
    return 0, False


def runs(ranks: SeveralRanks, folder: Path) -> list[list[dict[str, Any]]]:
    """A whole run, and one that the first process stops after an epoch and goes on with."""
    whole, parted = folder / "whole", folder / "parted"
    if ranks.rank:
        for place in (whole, parted, parted):
            assert follow(ranks, place, None, Control())
        return []
    control = Control()

    def stop(event: Event) -> None:
        if isinstance(event, EpochDone):
            control.stop()

    return [
        led(ranks, whole, Control()),
        led(ranks, parted, control, stop),
        led(ranks, parted, Control(), resume="last"),
    ]


def led(
    ranks: SeveralRanks,
    folder: Path,
    control: Control,
    then: Callable[[Event], None] = lambda event: None,
    **options: Any,
) -> list[dict[str, Any]]:
    events = []
    project = load(folder).project
    for event in lead(ranks, train(project, folder, control=control, ranks=ranks, **options)):
        events.append(event.to_json())
        then(event)
    return events


def refused(ranks: SeveralRanks, folder: Path) -> dict[str, str]:
    """What the first process says of a batch that is too small; the others go on."""
    if ranks.rank:
        assert follow(ranks, folder, None, Control())
        return {}
    project = load(folder).project
    project = project.with_(training=project.training.with_(batch_size=3))
    try:
        list(lead(ranks, train(project, folder, ranks=ranks)))
    except FoveaError as error:
        return error.fields()
    return {}


def failing(ranks: SeveralRanks, folder: Path) -> list[dict[str, Any]]:
    """A run in which the second process fails at its third batch."""
    if not ranks.rank:
        return led(ranks, folder, Control())
    usual = Feed.batch

    def batch(self: Feed, epoch: int, step: int) -> Any:
        if step == 2:
            raise ValueError("boom")
        return usual(self, epoch, step)

    Feed.batch = batch
    assert not follow(ranks, folder, None, Control())
    return []


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    launch = launched()
    assert launch is not None
    with open_group(launch) as ranks:
        found: dict[str, Any] = {name: tried(ranks, Plain(), **CASES[name]) for name in CASES}
        found["norm and dropout"] = tried(ranks, net())
        found["broken"] = broken_in_the_second(ranks)
        found["runs"] = runs(ranks, folder)
        found["refused"] = refused(ranks, folder / "whole")
        found["failing"] = failing(ranks, folder / "failing")
        (folder / f"rank{ranks.rank}.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
