"""From a project on disc to readings, kept and cancelled."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.augment.edits import set_card
from engine.augment.pipeline import Card, Pipeline
from engine.data.manifest import load_manifest
from engine.data.scan import scan
from engine.data.split import TEST, split
from engine.errors import Cancelled, FoveaError
from engine.meter import WHOLE, Reading, load_readings, measure
from engine.meter.probe import Schedule
from engine.meter.subset import MOST_IMAGES, _stratified, open_pool
from engine.project.document import Project
from engine.project.store import create
from engine.transforms.base import TRANSFORMS
from tests.engine.meter.planted import mirrored

FLIP = Card("flip", TRANSFORMS.get("flip")(horizontal=True))
SHIFT = Card("shift", TRANSFORMS.get("shift")(width=0.05, height=0.05))


def make_project(folder: Path, *cards: Card, per_class: int = 24, side: int = 8) -> Project:
    """Arrows of 8 px in an .npz, a sixth of them for the test, saved as a project."""
    pixels, labels, _ = mirrored(per_class, 0, side)
    source = folder.parent / f"{folder.name}.npz"
    parts = {"train": slice(0, -3 * per_class // 6), "test": slice(-3 * per_class // 6, None)}
    arrays = {f"{name}_images": pixels[part, 0] for name, part in parts.items()}
    arrays |= {f"{name}_labels": labels[part].astype(np.uint8) for name, part in parts.items()}
    np.savez(source, **arrays)
    folder.mkdir()
    spec = scan(source, folder).spec.with_(size=side)
    project = Project(name="arrows", data=spec, augment=Pipeline(cards))
    create(folder, project)
    return project


@pytest.fixture(scope="module", autouse=True)
def short_trainings() -> Iterator[None]:
    """Trainings of six steps: nothing here depends on what is learnt."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.meter.runs.Schedule.of", lambda images: Schedule(6, 1))
        yield


@pytest.fixture(scope="module")
def measured_project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Path]:
    """A project whose readings were taken once, for tests that only look at them."""
    folder = tmp_path_factory.mktemp("meter") / "arrows"
    project = make_project(folder, FLIP, SHIFT)
    list(measure(project, folder))
    return project, folder


def test_cards_come_in_order_and_the_whole_last(measured_project: tuple[Project, Path]) -> None:
    project, folder = measured_project
    told: list[tuple[int, int, str]] = []
    found = list(measure(project, folder, fresh=True, progress=lambda *a: told.append(a)))
    assert [one.card for one in found] == ["flip", "shift", WHOLE]
    assert [one.title for one in found] == ["Flip", "Shift", "Whole pipeline"]
    images = found[0].how.images
    assert [sum(row.n for row in one.classes) for one in found] == [images] * 3
    measuring = [done for done, total, text in told if total == 100 and "easuring" in text]
    assert measuring == sorted(measuring)
    assert measuring[-1] <= 100
    again = load_readings(project, folder)
    assert list(again.values()) == found, "the same seed gives the same reading"


def test_readings_are_kept_and_come_back_without_training(
    measured_project: tuple[Project, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    project, folder = measured_project
    monkeypatch.setattr("engine.meter.subset.open_pool", None)
    kept = load_readings(project, folder)
    assert list(kept) == ["flip", "shift", WHOLE]
    assert list(measure(project, folder)) == list(kept.values())
    for reading in kept.values():
        assert Reading.from_json(json.loads(json.dumps(reading.to_json()))) == reading


def test_a_reading_holds_for_its_card_alone(measured_project: tuple[Project, Path]) -> None:
    project, folder = measured_project
    stronger = project.with_(augment=set_card(project.augment, "shift", width=0.2))
    assert list(load_readings(stronger, folder)) == ["flip"]
    off = project.with_(augment=set_card(project.augment, "shift", on=False))
    kept = load_readings(off, folder)
    assert list(kept) == ["flip", "shift", WHOLE]
    assert replace(kept[WHOLE], card="flip", title="Flip") == kept["flip"]
    filled = project.with_(augment=replace(project.augment, fill="constant"))
    assert load_readings(filled, folder) == {}
    other = project.with_(data=project.data.with_(split_seed=7))
    assert load_readings(other, folder) == {}
    assert load_readings(project, folder, seed=1) == {}


def test_a_damaged_file_counts_as_none(measured_project: tuple[Project, Path]) -> None:
    project, folder = measured_project
    files = sorted((folder / "cache" / "meter").glob("*.json"))
    whole = {path: path.read_bytes() for path in files}
    try:
        for wrong in (b"", b"{", b"[1]", whole[files[0]].replace(b'"value"', b'"worth"')):
            for path in files:
                path.write_bytes(wrong)
            assert load_readings(project, folder) == {}
        for path, other in zip(files, reversed(files), strict=True):
            path.write_bytes(whole[other])
        assert len(load_readings(project, folder)) == 1, "only the middle one stands in its place"
    finally:
        for path, data in whole.items():
            path.write_bytes(data)


def test_a_cancelled_measurement_leaves_no_reading(tmp_path: Path) -> None:
    project = make_project(tmp_path / "arrows", FLIP)

    def cancel(done: int, total: int, text: str) -> None:
        if text.startswith("Measuring"):
            raise Cancelled

    with pytest.raises(Cancelled):
        next(measure(project, tmp_path / "arrows", progress=cancel))
    assert load_readings(project, tmp_path / "arrows") == {}


def test_test_images_are_never_used(tmp_path: Path) -> None:
    folder = tmp_path / "arrows"
    project = make_project(folder, FLIP)
    pool = open_pool(project, folder, seed=0)
    codes = split(load_manifest(folder, project.data.manifest), project.data)
    assert (codes == TEST).any()
    assert sorted(pool.rows.tolist()) == (codes != TEST).nonzero()[0].tolist()
    for label in range(3):
        own = pool.folds[pool.labels == label]
        assert abs(int((own == 0).sum()) - int((own == 1).sum())) <= 1
    assert (pool.held == (codes[pool.rows] == 1)).all()


def test_copies_of_an_image_stay_in_one_half(tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    pixels, labels, _ = mirrored(16, 0, 8)
    thrice = {"train_images": np.tile(pixels[:, 0], (3, 1, 1)), "train_labels": np.tile(labels, 3)}
    np.savez(tmp_path / "c.npz", **thrice)
    folder.mkdir()
    spec = scan(tmp_path / "c.npz", folder).spec.with_(size=8)
    project = Project(name="copies", data=spec)
    create(folder, project)
    pool = open_pool(project, folder, seed=0)
    seen: dict[bytes, set[int]] = {}
    for row, fold in zip(pool.rows, pool.folds, strict=True):
        seen.setdefault(pool.pixels[row].tobytes(), set()).add(int(fold))
    assert len(seen) > 20
    assert all(len(folds) == 1 for folds in seen.values())


def test_many_images_are_thinned_and_rare_classes_kept() -> None:
    labels = np.repeat([0, 1, 2], [9_000, 900, 100])
    rows = _stratified(labels, np.arange(len(labels)), 3, 0)
    counts = np.bincount(labels[rows])
    assert counts.tolist() == [1_800, 180, 60]
    assert len(rows) <= MOST_IMAGES + 3 * 60


def test_what_cannot_be_measured_is_refused_in_words(tmp_path: Path) -> None:
    few = make_project(tmp_path / "few", FLIP, per_class=8)
    with pytest.raises(FoveaError) as error:
        next(measure(few, tmp_path / "few"))
    assert error.value.code == "FV-T008"
    hue = Card("hue", TRANSFORMS.get("hue")())
    grey = make_project(tmp_path / "grey", hue)
    with pytest.raises(FoveaError) as error:
        next(measure(grey, tmp_path / "grey"))
    assert (error.value.code, error.value.where) == ("FV-T007", "augment.hue")
    with pytest.raises(FoveaError) as error:
        next(measure(grey, tmp_path / "grey", cards=["rotate"]))
    assert error.value.code == "FV-H003"


def test_reading_what_is_kept_imports_no_torch() -> None:
    code = "import sys, engine.meter; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
