"""Listening to a real step, whatever computes its forward."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from engine.train.position import Position
from engine.train.tools.step_watch import PARTS, Heard, StepWatch
from engine.train.trainer import Trainer
from tests.engine.train.hand_made import pieces


def listening(*, around_the_model: bool, **recipe: object) -> Trainer:
    """A trainer that can be heard; its forward is the model, or what calls none of its hooks."""
    made = pieces(**recipe)

    def stand_in(images: torch.Tensor) -> torch.Tensor:
        for layer in made.model:
            images = layer(images)
        return images

    forward = Heard(stand_in if around_the_model else made.model)
    return Trainer(replace(made, forward=forward), Position())


@pytest.mark.parametrize("around_the_model", [False, True])
@pytest.mark.parametrize("recipe", [{}, {"accumulation": 4}, {"sam": 0.05}])
def test_every_part_of_a_step_is_heard(around_the_model: bool, recipe: dict[str, object]) -> None:
    trainer = listening(around_the_model=around_the_model, **recipe)
    with StepWatch(trainer) as watch:
        trainer.step()
    assert all(watch.seconds[part] > 0 for part in PARTS)
    heard = dict(watch.seconds)
    trainer.step()
    assert watch.seconds == heard, "it still listens"


def test_what_fails_is_where_it_stands() -> None:
    trainer = listening(around_the_model=True)

    def fail(*_: object) -> None:
        raise RuntimeError("planted")

    trainer.model[3].register_forward_hook(fail)
    with pytest.raises(RuntimeError), StepWatch(trainer) as watch:
        trainer.step()
    assert watch.part == "forward"
    assert watch.seconds["batch"] > 0


def test_listening_changes_nothing() -> None:
    heard, alone = listening(around_the_model=False), Trainer(pieces(), Position())
    for _ in range(3):
        with StepWatch(heard):
            heard.step()
        alone.step()
    for name, value in alone.weights().items():
        assert torch.equal(value, heard.weights()[name]), name


def test_a_validation_is_heard_through_the_model() -> None:
    trainer = listening(around_the_model=True)
    with StepWatch(trainer, validating=True) as watch:
        trainer.validate()
    assert watch.seconds["forward"] > 0
