"""A batch in parts is the batch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.augment.mixing import Batch
from engine.compile.demand import demand
from engine.errors import FoveaError
from engine.graph.analysis import analyse
from engine.layers.base import Frame
from engine.optimizers.sgd import SGD
from engine.recipe import Training
from engine.runs.events import StepDone
from engine.templates import TEMPLATES
from engine.train.position import Position
from engine.train.trainer import Trainer
from engine.train.update import _parts
from engine.transforms.regularising.mixup import MixUp
from tests.engine.train.hand_made import pieces, run_all
from tests.engine.train.test_mixing import pipeline


def plain_net() -> torch.nn.Module:
    """Without batch norm and dropout, so that images do not know of each other."""
    torch.manual_seed(3)
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3),
        torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(16, 3),
    )


def after_an_epoch(parts: int, **recipe: object) -> tuple[Trainer, list[float], list[float]]:
    """Four updates, the last one of 12 images."""
    given = pieces(accumulation=parts, optimizer=SGD(lr=0.05), **recipe)
    trainer = Trainer(replace(given, model=plain_net()), Position())
    for _ in range(given.steps_per_epoch):
        trainer.step()
    window = trainer.meter.read(trainer.position.step)
    assert window.sizes == (16, 16, 16, 12)
    return trainer, list(window.losses), list(window.hits)


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("parts", [2, 3, 8])
def test_without_batch_norm_the_result_is_that_of_the_whole_batch(parts: int, mixed: bool) -> None:
    recipe: dict[str, object] = {"pipeline": pipeline(MixUp(alpha=1.0))} if mixed else {}
    whole, losses, hits = after_an_epoch(1, **recipe)
    split, losses_of_parts, hits_of_parts = after_an_epoch(parts, **recipe)
    assert losses_of_parts == pytest.approx(losses, rel=1e-5)
    assert hits_of_parts == pytest.approx(hits)
    assert split.gradient_norm() == pytest.approx(whole.gradient_norm(), rel=1e-4)
    for name, value in whole.tensors().items():
        torch.testing.assert_close(split.tensors()[name], value, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("images", "parts", "sizes"),
    [(16, 1, [16]), (16, 3, [5, 5, 6]), (7, 3, [2, 2, 3]), (5, 4, [2, 3]), (3, 2, [3])],
)
def test_parts_are_even_and_none_is_a_single_image(
    images: int, parts: int, sizes: list[int]
) -> None:
    batch = Batch(torch.arange(images).float().view(-1, 1, 1, 1), torch.arange(images))
    found = _parts(batch, parts)
    assert [len(part.labels) for part in found] == sizes
    assert torch.equal(torch.cat([part.images for part in found]), batch.images)
    assert torch.equal(torch.cat([part.labels for part in found]), batch.labels)


def test_each_part_has_dropout_of_its_own() -> None:
    trainer = Trainer(pieces(accumulation=2, batch_size=32), Position())
    masks: list[torch.Tensor] = []
    dropout = trainer.model.get_submodule("3")
    dropout.register_forward_hook(lambda _m, given, out: masks.append((out == 0) & (given[0] > 0)))
    trainer.step()
    one, two = masks
    assert one.shape == two.shape
    assert not torch.equal(one, two)


def test_the_schedule_and_the_steps_are_those_of_the_batch_size(tmp_path: Path) -> None:
    events, trainer, status = run_all(tmp_path, accumulation=4, epochs=2)
    assert status == "done"
    assert trainer.position.step == 8
    assert [e for e in events if isinstance(e, StepDone)][-1].step == 8


def test_less_memory_is_asked_for() -> None:
    frame = Frame(1, 28, 28, 3)
    graph = TEMPLATES["small_cnn"].build(frame)
    whole, parts = (
        demand(graph, frame, analyse(graph, frame), Training(batch_size=64, accumulation=count))
        for count in (1, 4)
    )
    assert whole.batch == 4 * parts.batch
    assert whole.total > parts.total


def test_a_part_of_one_image_is_refused() -> None:
    Training(batch_size=8, accumulation=4)
    with pytest.raises(FoveaError) as caught:
        Training(batch_size=8, accumulation=5)
    assert caught.value.where == "accumulation"
