"""What a run says about itself at its start."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.runs.events import RunStarted
from engine.train import train
from tests.engine.train.tiny_project import make_project


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        ({"accumulation": 3}, "in 3 parts of up to 3 images"),
        ({"sam": 0.05}, "two passes"),
        ({"dropout": 0.4}, "Dropout is 0.4 in 1 place"),
        ({"freeze_epochs": 1}, "until epoch 1 is over"),
        ({"resize_from": 0.5}, "4, 6 px, then 8 px"),
        ({"averaging": "ema"}, "fading average"),
        ({"averaging": "swa", "swa_share": 0.5}, "From epoch 3 on"),
        ({"keep": "one_se"}, "one standard error"),
        ({"keep": "last"}, "the last epoch"),
    ],
)
def test_what_differs_from_the_usual_is_said(
    tmp_path: Path, recipe: dict[str, object], words: str
) -> None:
    folder = tmp_path / "tiny"
    project = make_project(folder, **({"epochs": 4} | recipe))
    usual = project.with_(training=type(project.training)(epochs=4, batch_size=8))
    started, plain = next(train(project, folder)), next(train(usual, folder))
    assert isinstance(started, RunStarted)
    assert isinstance(plain, RunStarted)
    assert any(words in note for note in started.notes)
    assert not any(words in note for note in plain.notes)
