"""The subcommand search, from the shell's side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from engine.cli.main import main
from engine.project.search_presets import PRESETS
from engine.project.store import create, load
from tests.engine.project.examples import example_project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "cells"
    place.mkdir()
    create(place, example_project())
    return place


def done(folder: Path, *words: str) -> Any:
    result = CliRunner().invoke(main, ["search", str(folder), *words, "--json"])
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def failed(folder: Path, *words: str, code: int = 1) -> str:
    before = (folder / "project.fovea").read_bytes()
    result = CliRunner().invoke(main, ["search", str(folder), *words])
    assert result.exit_code == code, result.output
    assert (folder / "project.fovea").read_bytes() == before
    return result.stderr


def test_rows_are_added_changed_and_removed(folder: Path) -> None:
    assert done(folder)["search"] == []
    lr = "training.optimizer.lr"
    assert done(folder, lr)["search"][0]["log"] is True
    added = done(folder, lr, "1e-5..1e-1", "log")["search"]
    assert added == [{"address": lr, "low": 1e-5, "high": 0.1, "log": True}]
    added = done(folder, "training.optimizer", "adam,sgd")
    assert added["search"][1] == {"address": "training.optimizer", "choices": ["adam", "sgd"]}
    assert added["problems"] == []
    assert len(load(folder).project.search.entries) == 2
    assert [row["address"] for row in done(folder, lr, "--remove")["search"]] == [
        "training.optimizer"
    ]
    assert done(folder, "--clear")["search"] == []
    assert not load(folder).project.search


@pytest.mark.parametrize("name", list(PRESETS))
def test_presets_are_taken(folder: Path, name: str) -> None:
    assert done(folder, "--preset", name)["problems"] == []
    assert load(folder).project.search


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("training.optimizer.lr", "0..0.1", "log"), "cannot begin at 0"),
        (("training.optimizer.lr", "nonsense"), "is not a range"),
        (("training.optimizer", "adam"), "one choice only"),
        (("training.seed",), "seed is luck"),
        (("training.optimiser.lr",), "Did you mean"),
        (("training.epochs", "--remove"), "is not searched"),
    ],
)
def test_an_impossible_row_is_refused_and_nothing_changes(
    folder: Path, words: tuple[str, ...], said: str
) -> None:
    assert said in failed(folder, *words)


@pytest.mark.parametrize(
    "words", [("--remove",), ("--clear", "--preset", "basic"), ("training.epochs", "--clear")]
)
def test_contradicting_options_are_wrong_usage(folder: Path, words: tuple[str, ...]) -> None:
    assert "Usage:" in failed(folder, *words, code=2)
