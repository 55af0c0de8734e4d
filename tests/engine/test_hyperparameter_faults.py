"""Rows H01 to H05 of the fault table: hyperparameters that cannot be, and how numbers are typed.

H06 (an impossible search space) is in ``tests/engine/project/test_searching.py``, H07 (changed
after a checkpoint exists) in ``tests/engine/train/test_changed_settings.py``, the number fields of
the window in ``tests/gui/test_numbers_typed.py``. Of H03, Fovea has no loading workers to set.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.augment.pipeline import Card, Pipeline
from engine.cli.main import main
from engine.data.manifest import load_manifest
from engine.errors import FoveaError
from engine.losses import LOSSES
from engine.optimizers import OPTIMIZERS
from engine.project.address import addresses, get, put, put_text
from engine.project.check import check
from engine.recipe import Training
from engine.runs.events import RunFinished, RunStarted
from engine.schedules import SCHEDULES
from engine.spec import Param, Spec
from engine.train import train
from engine.train.meter import NotFinite
from engine.train.position import Position
from engine.train.trainer import Trainer
from engine.transforms.base import TRANSFORMS
from engine.transforms.geometry.crop import RandomCrop
from tests.engine.project.examples import example_project
from tests.engine.train.hand_made import pieces
from tests.engine.train.tiny_project import make_project

SPECS: list[type[Spec]] = [Training, *OPTIMIZERS, *SCHEDULES, *LOSSES]
PLACES = {**dict.fromkeys(OPTIMIZERS, "optimizer"), **dict.fromkeys(SCHEDULES, "schedule")}
PLACES |= dict.fromkeys(LOSSES, "loss")
ODD = (math.nan, math.inf, -math.inf, -1.0, -1, 0.0, 0, 1e308, -1e308, 10**400)


def numeric(cls: type[Spec]) -> Iterator[Param]:
    return (item for item in cls.params() if item.type in ("int", "float", "pair", "numbers"))


FIELDS = [(cls, item) for cls in SPECS for item in numeric(cls)]
NAMES = [f"{cls.kind or 'training'}.{item.name}" for cls, item in FIELDS]


def made(cls: type[Spec], item: Param, number: Any) -> Spec | None:
    """The spec with the odd number, or ``None`` when it is refused as it should be."""
    value = (number, number) if item.type in ("pair", "numbers") else number
    try:
        return cls(**{item.name: value})
    except FoveaError as error:
        refused = error
    assert refused.code in ("FV-H001", "FV-H002")
    assert refused.what
    assert refused.fix
    if refused.code == "FV-H001":
        assert refused.where == item.name
        assert item.allowed() in refused.why
    else:  # a rule over several settings
        assert refused.where in {known.name for known in cls.params()}
    return None


def trained(cls: type[Spec], spec: Spec) -> None:
    """Two updates by it: weights stay finite, or the update is refused before it does harm."""
    recipe = spec.values() if cls is Training else {PLACES[cls]: spec}
    recipe |= {"device": "cpu", "precision": "fp32"}
    trainer = Trainer(pieces(**recipe), Position())
    try:
        for _ in range(2):
            trainer.step()
        trainer.meter.read(trainer.position.step)
    except NotFinite:
        return
    assert trainer.position.step == 2


@pytest.mark.parametrize(("cls", "item"), FIELDS, ids=NAMES)
def test_h01_an_odd_number_is_refused_at_its_field_or_legal_and_trained(
    cls: type[Spec], item: Param
) -> None:
    specs = [made(cls, item, number) for number in ODD]
    for number in (math.nan, math.inf, -math.inf, 1e308, -1e308, 10**400):
        assert specs[ODD.index(number)] is None, f"{number} was taken"
    for spec in {spec for spec in specs if spec is not None}:
        trained(cls, spec)


@pytest.mark.parametrize(("cls", "item"), FIELDS, ids=NAMES)
def test_h01_the_ends_of_the_allowed_range_can_be_trained(cls: type[Spec], item: Param) -> None:
    assert item.minimum is not None, "every number has a lower bound"
    ends = [(item.minimum, item.above), (item.maximum, item.below)]
    for end, excluded in ends:
        if end is None:
            continue
        number = int(end) if item.type == "int" else float(end)
        spec = made(cls, item, number)
        if excluded:
            assert spec is None
        elif spec is not None:
            trained(cls, spec)


@given(place=st.sampled_from(FIELDS), number=st.one_of(st.floats(), st.integers()))
@settings(max_examples=300, deadline=None)
def test_h01_any_number_is_refused_in_words_or_kept_exactly(
    place: tuple[type[Spec], Param], number: float
) -> None:
    cls, item = place
    spec = made(cls, item, number)
    if spec is not None:
        assert cls.from_json({k: v for k, v in spec.to_json().items() if k != "kind"}) == spec


@pytest.mark.parametrize("text", ["nan", "inf", "-0.1", "0", "1e308", "fast", "", "0x10"])
@pytest.mark.parametrize("name", ["optimizer.lr", "optimizer.beta1", "clip_norm", "epochs"])
def test_h01_the_command_line_refuses_with_the_address_and_the_range(
    tmp_path: Path, name: str, text: str
) -> None:
    if (name, text) in {("optimizer.beta1", "0"), ("clip_norm", "")}:
        return  # legal
    folder = tmp_path / "p"
    make_project(folder)
    before = sorted(path.name for path in folder.rglob("*"))
    result = CliRunner().invoke(main, ["train", str(folder), "--set", f"training.{name}={text}"])
    assert result.exit_code == 1
    assert f"training.{name}" in result.stderr
    assert "Expected a" in result.stderr
    assert sorted(path.name for path in folder.rglob("*")) == before


TYPED: list[tuple[str, str, Any]] = [
    ("optimizer.lr", "0,001", 0.001),
    ("optimizer.lr", "1e-3", 0.001),
    ("optimizer.lr", "1E-3", 0.001),
    ("optimizer.lr", " 0.002\u00a0", 0.002),
    ("optimizer.weight_decay", ".5", 0.5),
    ("clip_norm", "1\u2009000", 1000.0),
    ("clip_norm", "12\u202f345,5", 12345.5),
    ("clip_norm", "10 000", 10_000.0),
    ("clip_norm", "none", None),
    ("epochs", "1e2", 100),
    ("epochs", "1,000", 1000),
    ("epochs", "1.000", 1000),
    ("epochs", "12\u2009000", 12_000),
    ("epochs", "40,0", 40),
    ("seed", "1,234,567", 1_234_567),
]


@pytest.mark.parametrize(("name", "text", "value"), TYPED)
def test_h02_numbers_are_read_as_people_type_them(name: str, text: str, value: Any) -> None:
    changed = put_text(example_project(), f"training.{name}", text)
    found = get(changed, f"training.{name}")
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text", ["0,5; 0,75", "0.5, 0.75", "0.5,0.75", "0,5 0,75", "0,5, 0,75", "0.5..0.75"]
)
def test_h02_lists_of_numbers_take_points_and_commas(text: str) -> None:
    steps = put_text(example_project(), "training.schedule", "multi_step")
    changed = put_text(steps, "training.schedule.milestones", text)
    assert get(changed, "training.schedule.milestones") == (0.5, 0.75)


@pytest.mark.parametrize("text", ["0x10", "1 2", "1,2,3", "1.2.3", "--1", "1e", "1,000.5.0", "½"])
@pytest.mark.parametrize("name", ["optimizer.lr", "clip_norm", "epochs"])
def test_h02_what_is_no_number_is_refused_with_what_was_typed(name: str, text: str) -> None:
    with pytest.raises(FoveaError) as caught:
        put_text(example_project(), f"training.{name}", text)
    assert caught.value.code == "FV-H001"
    assert text in caught.value.what
    assert caught.value.where == f"training.{name}"


@pytest.mark.parametrize("size", [0, 1, -8, 65_537])
def test_h03_an_impossible_batch_size_is_refused(size: int) -> None:
    with pytest.raises(FoveaError) as caught:
        put(example_project(), "training.batch_size", size)
    assert caught.value.where == "training.batch_size"
    assert "a whole number from 2 up to 65536" in caught.value.why


def test_h03_a_batch_larger_than_the_data_is_told_and_trained_as_one(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", epochs=1, batch_size=500)
    manifest = load_manifest(tmp_path / "p", project.data.manifest)
    [found] = [p for p in check(project, manifest) if p.where == "training.batch_size"]
    assert (found.severity, "larger than the 60 training images" in found.message) == (
        "warning",
        True,
    )
    started, *_, finished = train(project, tmp_path / "p")
    assert isinstance(started, RunStarted)
    assert started.steps_per_epoch == 1
    assert any("500 is more than the 60 training images" in note for note in started.notes)
    assert isinstance(finished, RunFinished)


def test_h03_there_are_no_workers_to_set_wrongly() -> None:
    assert not [name for name, _ in addresses(example_project()) if "worker" in name]


@pytest.mark.parametrize(
    ("settings", "where", "words"),
    [
        ({"schedule": "plateau", "epochs": "6"}, "schedule.patience", "never drops in a run of 6"),
        (
            {"schedule": "plateau", "early_stopping": "3"},
            "schedule.patience",
            "before the learning rate drops",
        ),
        (
            {"schedule": "cosine_restarts", "schedule.cycles": "9", "epochs": "40"},
            "schedule.cycles",
            "of 40",
        ),
        ({"schedule": "step", "schedule.drops": "8", "epochs": "5"}, "schedule.drops", "5 epochs"),
        ({"schedule": "multi_step", "epochs": "3"}, "schedule.milestones", "same epoch of 3"),
        ({"early_stopping": "50"}, "early_stopping", "never happens in a run of 40"),
    ],
)
def test_h04_a_schedule_against_the_length_of_the_run_is_named(
    settings: dict[str, str], where: str, words: str
) -> None:
    project = put_text(example_project(), "training.epochs", "40")
    for name, text in settings.items():
        project = put_text(project, f"training.{name}", text)
    told = [p for p in check(project) if p.where == f"training.{where}"]
    assert len(told) == 1
    assert words in told[0].message
    assert told[0].fix


@pytest.mark.parametrize(
    ("name", "text"),
    [("warmup", "1.5"), ("warmup", "0.6"), ("milestones", "0.5, 1.5"), ("milestones", "0.02")],
)
def test_h04_a_warm_up_or_milestone_beyond_the_run_is_refused_at_its_field(
    name: str, text: str
) -> None:
    steps = put_text(example_project(), "training.schedule", "multi_step")
    with pytest.raises(FoveaError) as caught:
        put_text(steps, f"training.schedule.{name}", text)
    assert caught.value.where == f"training.schedule.{name}"
    assert caught.value.why


def test_h05_a_crop_larger_than_the_image_is_refused_with_the_sizes() -> None:
    crop = Card("crop", RandomCrop(size=1.0, padding=0.0))
    small = example_project().with_(augment=Pipeline((crop,)))
    with pytest.raises(FoveaError) as caught:
        put_text(small, "augment.crop.size", "1.5")
    assert caught.value.where == "augment.crop.size"
    tiny = put(put(small, "augment.crop.size", 0.1), "data.size", 8)
    [found] = [p for p in check(tiny) if p.where == "augment.crop.size"]
    assert found.severity == "error"
    assert "8 x 8" in found.message
    assert found.fix


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("augment.flip.probability", "1.5"),
        ("augment.flip.probability", "-0.1"),
        ("augment.rotate.probability", "nan"),
        ("augment.zoom.factor_range", "1.2..0.8"),
        ("augment.zoom.factor_range", "0..1"),
    ],
)
def test_h05_an_impossible_augmentation_is_refused_at_its_field(address: str, text: str) -> None:
    cards = tuple(Card(kind, TRANSFORMS.get(kind)()) for kind in ("flip", "rotate", "zoom"))
    project = example_project().with_(augment=Pipeline(cards))
    with pytest.raises(FoveaError) as caught:
        put_text(project, address, text)
    assert caught.value.where == address
    assert caught.value.fix
