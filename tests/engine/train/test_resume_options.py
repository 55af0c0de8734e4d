"""A stop anywhere and a resume change nothing, whatever the recipe says."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.augment.pipeline import Card, Pipeline
from engine.optimizers import OPTIMIZERS
from engine.optimizers.rmsprop import RMSprop
from engine.optimizers.sgd import SGD
from engine.runs.checkpoints import read_checkpoint
from engine.runs.events import EpochDone, Event
from engine.schedules.one_cycle import OneCycle
from engine.schedules.plateau import Plateau
from engine.train.control import Control
from engine.train.fit import fit
from engine.train.keeper import Keeper
from engine.train.position import Position
from engine.train.trainer import Trainer
from engine.transforms.geometry.mirror import Flip
from engine.transforms.regularising.cutmix import CutMix
from engine.transforms.regularising.mixup import MixUp
from tests.engine.train.hand_made import pieces, run_all, run_folder

MIXING = Pipeline(
    (Card("flip", Flip()), Card("mixup", MixUp()), Card("cutmix", CutMix(), probability=0.5))
)

RECIPES: dict[str, dict[str, Any]] = {
    "clipping": {"clip_norm": 0.3},
    "early stopping": {"early_stopping": 1, "monitor": "loss", "epochs": 4},
    "one cycle": {"schedule": OneCycle()},
    "last batch dropped": {"batch_size": 59},
    "one batch": {"batch_size": 100},
    "momentum on RMSprop": {"optimizer": RMSprop(momentum=0.5)},
    "mixed images": {"pipeline": MIXING},
    "no momentum": {"optimizer": SGD(momentum=0.0, nesterov=False)},
    "plateau": {
        "schedule": Plateau(warmup=0.0, patience=0, threshold=0.5),
        "monitor": "loss",
        "epochs": 4,
    },
    **{kind: {"optimizer": OPTIMIZERS.get(kind)()} for kind in OPTIMIZERS.kinds()},
}


def epochs(events: list[Event]) -> list[EpochDone]:
    """The epochs' records without the times."""
    return [replace(event, seconds=0.0) for event in events if isinstance(event, EpochDone)]


def drained(loop: Generator[Event, None, str], events: list[Event]) -> str:
    """Collects a loop's events and gives its status."""
    while True:
        try:
            events.append(next(loop))
        except StopIteration as end:
            return str(end.value)


def stopping_at(step: int, *, validating: bool) -> Callable[[Trainer, Control], None]:
    """Makes a trainer press Stop in update ``step``, or in the validation after it."""

    def arm(trainer: Trainer, control: Control) -> None:
        name = "validate" if validating else "step"
        usual = getattr(trainer, name)

        def pressed(*arguments: Any) -> Any:
            if trainer.position.step >= step - (not validating):
                control.stop()
            return usual(*arguments)

        setattr(trainer, name, pressed)

    return arm


@pytest.mark.parametrize("name", RECIPES)
def test_stop_and_resume_equal_an_uninterrupted_run(tmp_path: Path, name: str) -> None:
    recipe = {"epochs": 3} | RECIPES[name]
    whole_events, whole, whole_status = run_all(tmp_path, **recipe)
    for stop, validating in itertools.product((1, 2), (False, True)):
        folder, control, events = run_folder(tmp_path), Control(), list[Event]()
        trainer = Trainer(pieces(**recipe), Position())
        stopping_at(stop, validating=validating)(trainer, control)
        assert drained(fit(trainer, Keeper(folder), control), events) == "stopped"
        kept = read_checkpoint(folder.checkpoints, "last")
        assert kept is not None
        resumed = Trainer(pieces(**recipe), Position.from_json(kept.facts["position"]))
        resumed.restore(kept.tensors)
        assert drained(fit(resumed, Keeper(folder), Control()), events) == whole_status
        assert epochs(events) == epochs(whole_events)
        ends = whole.tensors(), resumed.tensors()
        assert ends[0].keys() == ends[1].keys()
        assert all(torch.equal(ends[0][key], ends[1][key]) for key in ends[0])
        assert resumed.position.best == whole.position.best
