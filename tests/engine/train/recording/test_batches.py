"""Batches that a card makes by itself: the same bits, or not used; a stand-in repeats the work."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch

from engine.augment.mixing import Batch
from engine.augment.pipeline import Card, Pipeline
from engine.augment.presets import PRESETS
from engine.augment.resample import _centred, _edges
from engine.compute.images import Images
from engine.compute.waiting import waiting_forbidden
from engine.randomness import _key_tensor
from engine.train import train
from engine.train.position import Position
from engine.train.recording import batches
from engine.train.recording.batches import RecordedBatches, record_batches
from engine.train.recording.sources import Sources
from engine.train.trainer import Trainer
from engine.transforms.base import TRANSFORMS, Transform
from engine.transforms.regularising.mixup import MixUp
from tests.engine.train.hand_made import data, pieces
from tests.engine.train.recording.test_runs import project, started
from tests.engine.train.test_loop import epochs
from tests.engine.transforms.test_contract import suited

SAID = ("Batches: made by CUDA graphs, to the bit as without.",)
MIXED = Pipeline((*PRESETS["light"].pipeline.cards, Card("mix", MixUp(), probability=0.5)))

Recorder = Callable[[Callable[[], Batch], torch.device], tuple[Callable[[], object], Batch]]


def parts(batch: Batch) -> list[torch.Tensor]:
    found = (getattr(batch, field.name) for field in fields(Batch))
    return [each for each in found if each is not None]


def copied(batch: Batch) -> list[torch.Tensor]:
    return [each.clone() for each in parts(batch)]


def standing_in(*left_out: str) -> Recorder:
    """Repeats the work into the memory of its first result, but for some parts of a batch."""

    def recorder(
        work: Callable[[], Batch], device: torch.device
    ) -> tuple[Callable[[], object], Batch]:
        made = Batch(*(None if p is None else p.clone() for p in _all(work())))

        def repeat() -> None:
            again = work()
            for field in fields(Batch):
                if field.name not in left_out and getattr(made, field.name) is not None:
                    getattr(made, field.name).copy_(getattr(again, field.name))

        return repeat, made

    return recorder


def _all(batch: Batch) -> tuple[torch.Tensor | None, ...]:
    return batch.images, batch.labels, batch.others, batch.share


@pytest.fixture
def recorder(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    """``recorder(one)`` has batches recorded by ``one``; a sound stand-in does until then."""

    def set_to(one: Recorder | None) -> None:
        monkeypatch.setattr(batches, "batch_recorder", lambda arithmetic: one)

    if request.node.get_closest_marker("gpu") is None:
        set_to(standing_in())
    return set_to


def begun(pipeline: Pipeline | None = MIXED, **more: Any) -> Trainer:
    recipe = {"epochs": 40, **more}
    return Trainer(pieces(pipeline=pipeline, **recipe), Position())


@pytest.mark.usefixtures("recorder")
@pytest.mark.parametrize("sampling", ["natural", "balanced"])
def test_batches_are_the_same_to_the_bit_and_the_last_smaller_one_too(sampling: str) -> None:
    usual, other = begun(sampling=sampling), begun(sampling=sampling)
    assert record_batches(other) == SAID
    for epoch in range(3):
        for step in range(epoch * 4, epoch * 4 + 4):  # 60 images in batches of 16
            wanted, found = usual.batch_at(epoch, step), other.batch_at(epoch, step)
            assert len(found.labels) == (12 if step % 4 == 3 else 16)
            assert all(map(torch.equal, parts(wanted), parts(found))), (epoch, step)
            assert len(parts(wanted)) == len(parts(found)) == 4


@pytest.mark.usefixtures("recorder")
def test_a_recorded_batch_lies_where_the_last_one_lay() -> None:
    trainer = begun()
    record_batches(trainer)
    first = trainer.batch_at(0, 0)
    kept = first.images.clone()
    assert trainer.batch_at(0, 1).images.data_ptr() == first.images.data_ptr()
    assert not torch.equal(kept, first.images)


@pytest.mark.usefixtures("recorder")
@pytest.mark.parametrize(
    "trainer",
    [
        {"cuda_graphs": "off"},
        {"epochs": 24},  # 96 updates
        {"pipeline": Pipeline()},
        {"batch_size": 64},
    ],
    ids=str,
)
def test_it_is_not_tried_where_it_does_not_pay(trainer: dict[str, Any]) -> None:
    made = begun(**trainer)
    assert record_batches(made) == ()
    assert made.feed.recorded is None


@pytest.mark.usefixtures("recorder")
def test_several_processes_make_their_own() -> None:
    trainer = begun()
    several = cast("Any", SimpleNamespace(world=2))
    trainer.pieces = replace(trainer.pieces, ranks=several)
    assert record_batches(trainer) == ()


def test_a_processor_records_nothing() -> None:
    trainer = begun()
    assert record_batches(trainer) == ()


@pytest.mark.parametrize("part", ["images", "labels", "others", "share"])
def test_a_recording_that_leaves_something_as_it_was_is_refused(
    part: str, recorder: Callable[..., None]
) -> None:
    recorder(standing_in(part))
    trainer = begun()
    found = record_batches(trainer)
    assert found == ("CUDA graphs are not used to make batches: they make other batches.",)
    assert trainer.feed.recorded is None


def test_a_recording_that_keeps_the_epoch_is_refused(
    recorder: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one would be whose draws read a number of Python's."""
    usual = batches.change

    def change(*given: Any, **named: Any) -> Batch:
        named["epoch"] = 0
        return usual(*given, **named)

    monkeypatch.setattr(batches, "change", change)
    assert "other batches" in record_batches(begun())[0]


def test_one_that_cannot_be_made_is_told(recorder: Callable[..., None]) -> None:
    def failing(work: object, device: torch.device) -> Any:
        raise RuntimeError("out of memory.\nAnd more.")

    recorder(failing)
    trainer = begun()
    wanted = copied(begun().batch_at(0, 0))
    found = record_batches(trainer)
    assert found == ("CUDA graphs are not used to make batches: out of memory.",)
    assert all(map(torch.equal, wanted, parts(trainer.batch_at(0, 0))))


@pytest.mark.usefixtures("recorder")
def test_one_that_would_keep_much_of_the_card_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = iter([int(1e9), int(4e9)])
    monkeypatch.setattr(batches, "_reserved", lambda device: next(sizes))
    monkeypatch.setattr(batches, "_memory", lambda device: int(24e9))
    assert "would keep 3.0 GB of the card's memory" in record_batches(begun())[0]


def test_nothing_is_made_before_it_is_recorded() -> None:
    trainer = begun()
    raw = trainer.feed.gathered(0, 0)
    with pytest.raises(RuntimeError, match="nothing was recorded"):
        RecordedBatches(trainer.pieces, raw)(raw, 0)


@pytest.mark.usefixtures("recorder")
def test_a_run_says_so_and_its_history_is_the_same(
    recorder: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "WORTH", 0)
    told = []
    for name in ("with", "without"):
        folder = tmp_path / name
        events = list(train(project(folder).with_(augment=MIXED), folder))
        told.append(epochs(events))
        assert (SAID[0] in started(events).notes) == (name == "with")
        recorder(None)
    assert told[0] == told[1]


def test_sources_are_what_was_there_before() -> None:
    table, unused = torch.arange(4.0), torch.ones(4)
    with Sources() as sources:
        made = table[1:] * 2.0
        made += 1.0
        torch.cat((made, made)).sum()
    assert [each.data_ptr() for each in sources.held] == [table.data_ptr()]
    assert unused.data_ptr() not in [each.data_ptr() for each in sources.held]


def test_a_table_that_is_uploaded_cannot_be_recorded() -> None:
    with Sources():
        torch.ones(3, device="meta") * torch.tensor(2.0)  # a number goes along by value
    with pytest.raises(RuntimeError, match="a table from the processor's memory"), Sources():
        torch.arange(3).to("meta")


@pytest.mark.gpu
@pytest.mark.parametrize("kind", [TRANSFORMS.get(name) for name in TRANSFORMS.kinds()])
def test_a_card_records_every_transform(kind: type[Transform]) -> None:
    made = pieces(device="cuda:0", pipeline=_some(kind()), epochs=40)
    pixels, (_, labels) = suited(kind(), 90).numpy(), data()
    trainer = Trainer(
        replace(
            made, images=Images(pixels, labels, made.arithmetic.device), model=_any_net(pixels)
        ),
        Position(),
    )
    assert record_batches(trainer) == SAID
    recorded = trainer.feed.recorded
    assert recorded is not None
    for epoch in range(5):
        raw = trainer.feed.gathered(epoch, epoch * 4 + 1)
        assert all(
            map(torch.equal, parts(recorded(raw, epoch)), parts(trainer.feed.changed(raw, epoch)))
        )


@pytest.mark.gpu
@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("share", [0.6, 0.0], ids=["resident", "streamed"])
def test_a_card_records_whatever_the_images_are(wide: bool, share: float) -> None:
    made = pieces(device="cuda:0", pipeline=MIXED, epochs=40)
    pixels, labels = data(dtype=np.uint16 if wide else np.uint8)
    images = Images(pixels, labels, made.arithmetic.device, share=share)
    usual, other = (Trainer(replace(made, images=images), Position()) for _ in range(2))
    assert record_batches(other) == SAID
    for step in range(12):
        wanted = copied(usual.batch_at(step // 4, step))
        assert len(wanted) == 4
        assert all(map(torch.equal, wanted, parts(other.batch_at(step // 4, step)))), step


@pytest.mark.gpu
def test_a_recorded_batch_waits_for_nothing_and_outlives_the_caches_of_constants() -> None:
    trainer, usual = (Trainer(pieces(device="cuda:0", epochs=40), Position()) for _ in range(2))
    assert record_batches(trainer) == SAID
    trainer.batch_at(1, 4)
    with waiting_forbidden():
        found = copied(trainer.batch_at(1, 5))
    for kept in (_key_tensor, _edges, _centred):
        kept.cache_clear()
    gc.collect()
    rubbish = [torch.full((64,), 7, dtype=torch.int64, device="cuda:0") for _ in range(4_000)]
    again = copied(trainer.batch_at(1, 5))
    assert len(rubbish) == 4_000
    assert all(map(torch.equal, found, again))
    assert all(map(torch.equal, parts(usual.batch_at(1, 5)), again))


def _some(transform: Transform) -> Pipeline:
    return Pipeline((Card("card", transform, probability=0.7),))


def _any_net(pixels: np.ndarray) -> torch.nn.Module:
    flat = int(np.prod(pixels.shape[1:]))
    return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(flat, 3))
