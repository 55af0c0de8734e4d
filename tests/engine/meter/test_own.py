"""A finished run without the card answers too; the command prints it all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from engine.augment.edits import set_card
from engine.augment.pipeline import Card, Pipeline
from engine.cli.main import main
from engine.compile.module import compile_model
from engine.compute.images import Normalisation
from engine.meter import WHOLE, ClassReading, Estimate, How, OwnModel, Reading
from engine.meter.cache import measured, store
from engine.meter.own import ask_own_model, fitting_run
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


def reading(card: str) -> Reading:
    half = Estimate(0.5, 0.4, 0.6)
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
