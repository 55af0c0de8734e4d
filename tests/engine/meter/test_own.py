"""A finished run without the card answers too; the command prints it all."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from engine.augment.edits import set_card
from engine.augment.pipeline import Card, Pipeline
from engine.cli.main import main
from engine.compile.module import compile_model
from engine.compute.images import Normalisation
from engine.meter import WHOLE, ClassReading, Estimate, How, OwnModel, Reading, measure
from engine.meter.cache import load_readings, measured, store
from engine.meter.fitting import fitting_run
from engine.meter.own import ask_own_model
from engine.meter.subset import open_pool
from engine.project.document import Project
from engine.runs.checkpoints import write_checkpoint
from engine.runs.folder import RunFolder
from engine.templates import TEMPLATES
from engine.transforms.base import TRANSFORMS
from tests.engine.meter.test_measure import FLIP, SHIFT, make_project


def finished_run(project: Project, folder: Path, name: str, *cards: Card) -> RunFolder:
    """A run with untrained weights that says it is done."""
    run = RunFolder.create(folder, name)
    then = project.with_(
        augment=Pipeline(cards), model=TEMPLATES["small_cnn"].build(project.frame())
    )
    run.write_project(then.to_json())
    run.begin({"normalisation": Normalisation((0.2,), (0.2,)).to_json()})
    weights = compile_model(then.model, then.frame(), seed=0).state_dict()
    best = {"epoch": 1, "val_accuracy": 0.5}
    tensors = {f"model.{key}": value for key, value in weights.items()}
    write_checkpoint(run.checkpoints, "best", tensors, {"best": best, "step": 1})
    run.end("done", best=best, epochs_done=1)
    return run


def ask(project: Project, folder: Path, card: str) -> OwnModel | None:
    pool = open_pool(project, folder, seed=0)
    pipeline = measured(project.augment, card)
    return ask_own_model(project, folder, card, pipeline, pool, lambda steps: None)


def test_the_youngest_run_without_the_card_is_asked(tmp_path: Path) -> None:
    folder = tmp_path / "arrows"
    project = make_project(folder, FLIP, SHIFT, per_class=60)
    assert fitting_run(project, folder, "flip") == ""
    finished_run(project, folder, "2026-01-01-001")
    finished_run(project, folder, "2026-01-01-002", SHIFT)
    finished_run(project.with_(data=project.data.with_(split_seed=9)), folder, "2026-01-01-003")
    assert fitting_run(project, folder, "flip") == "2026-01-01-002"
    assert fitting_run(project, folder, "shift") == "2026-01-01-001"
    assert fitting_run(project, folder, WHOLE) == "2026-01-01-001"
    own = ask(project, folder, "flip")
    assert own is not None
    assert own.run == "2026-01-01-002"
    pool = open_pool(project, folder, seed=0)
    assert own.n == int(pool.held.sum())
    nothing = project.with_(augment=set_card(project.augment, "flip", horizontal=False))
    same = ask(nothing, folder, "flip")
    assert same is not None
    assert same.clean == same.augmented == own.clean
    assert same.affinity.value == pytest.approx(1.0)


def test_a_run_whose_weights_are_damaged_is_not_asked(tmp_path: Path) -> None:
    folder = tmp_path / "arrows"
    project = make_project(folder, FLIP, per_class=60)
    run = finished_run(project, folder, "2026-01-01-001")
    for path in run.checkpoints.glob("*.safetensors"):
        path.write_bytes(b"\0" * 64)
    assert ask(project, folder, "flip") is None


def test_a_run_with_a_policy_may_have_met_every_card(tmp_path: Path) -> None:
    folder = tmp_path / "arrows"
    policy = Card("trivial", TRANSFORMS.get("trivial_augment")())
    project = make_project(folder, FLIP, SHIFT, policy)
    finished_run(project, folder, "2026-01-01-001", policy)
    assert fitting_run(project, folder, "flip") == ""
    assert fitting_run(project, folder, "trivial") == ""
    finished_run(project, folder, "2026-01-01-002", SHIFT)
    assert fitting_run(project, folder, "trivial") == "2026-01-01-002"


def test_nothing_is_asked_where_images_are_only_mixed(tmp_path: Path) -> None:
    folder = tmp_path / "arrows"
    project = make_project(folder, Card("mixup", TRANSFORMS.get("mixup")()), per_class=60)
    finished_run(project, folder, "2026-01-01-001")
    assert fitting_run(project, folder, "mixup") == fitting_run(project, folder, WHOLE) == ""
    assert ask(project, folder, "mixup") is None


def test_the_images_of_a_large_model_are_of_all_classes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "arrows"
    project = make_project(folder, FLIP, per_class=120)
    finished_run(project, folder, "2026-01-01-001")
    pool = open_pool(project, folder, seed=0)
    by_class = np.argsort(pool.labels, kind="stable")  # as the files of class folders lie
    parts = {name: getattr(pool, name)[by_class] for name in ("rows", "labels", "folds", "held")}
    pool = replace(pool, **parts, units=pool.units[by_class])
    seen: list[list[int]] = []
    monkeypatch.setattr("engine.meter.own.MOST_IMAGES", 20)
    monkeypatch.setattr(
        "engine.meter.own.ratio", lambda *a: seen.append(np.unique(a[2]).tolist()) or HALF
    )
    own = ask_own_model(
        project, folder, "flip", measured(project.augment, "flip"), pool, lambda steps: None
    )
    assert own is not None
    assert own.n == 20
    assert seen == [[0, 1, 2]]


def test_a_kept_reading_asks_the_run_that_fits_by_now(tmp_path: Path) -> None:
    folder = tmp_path / "arrows"
    project = make_project(folder, FLIP, per_class=60)
    store(project, folder, replace(reading("flip"), own=None), 0)
    first = finished_run(project, folder, "2026-01-01-001")
    (found,) = measure(project, folder, whole=False)
    assert found.own is not None
    assert found.own.run == first.path.name
    finished_run(project, folder, "2026-01-01-002")
    found, whole = measure(project, folder)
    assert found.own is not None
    assert found.own.run == "2026-01-01-002"
    assert whole.own == found.own
    assert load_readings(project, folder)["flip"] == found
    shutil.rmtree(folder / "runs" / "2026-01-01-002")
    assert load_readings(project, folder)["flip"].own is None


HALF = Estimate(0.5, 0.4, 0.6)


def reading(card: str) -> Reading:
    half = HALF
    rows = tuple(
        ClassReading(name, 30, 0.94, 0.51, 0.5, 0.6, half, half, "destroyed")
        for name in ("left", "right")
    )
    how = How(180, 90, 80, 4, "small", 3.0)
    own = OwnModel("2026-01-01-001", 20, 0.9, 0.5, half)
    return Reading(card, "", "destroys", "Destroys it.", half, half, half, half, rows, how, own)


def command(*arguments: object) -> Any:
    return CliRunner().invoke(main, ["augment", "meter", *map(str, arguments)])


def test_the_command_prints_what_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "arrows"
    project = make_project(folder, FLIP, SHIFT)
    finished_run(project, folder, "2026-01-01-001")
    for card in ("flip", "shift", WHOLE):
        store(project, folder, reading(card), 0)
    said = command(folder)
    assert said.exit_code == 0, said.output
    assert said.stdout == ""
    assert "Flip (flip): Destroys it." in said.stderr
    assert "left      " in said.stderr
    assert "your run 2026-01-01-001" in said.stderr
    found = [
        json.loads(line)
        for line in command(folder, "--card", "shift", "--json").stdout.splitlines()
    ]
    assert [one["card"] for one in found] == ["shift"]
    assert found[0]["classes"][0]["augmented"] == 0.51


def test_the_command_says_when_there_is_nothing_to_measure(tmp_path: Path) -> None:
    folder = tmp_path / "arrows"
    make_project(folder, Card("zoom", TRANSFORMS.get("zoom")(), on=False))
    said = command(folder)
    assert said.exit_code == 1
    assert "nothing to measure" in said.stderr
    assert command(folder, "--card", "rotate").exit_code == 1
