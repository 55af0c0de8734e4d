"""The subcommand tune, from the shell's side."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.cli.main import main
from engine.project.store import load, save
from engine.search import Searched, SearchSpace
from engine.tune.folder import create_study, find_study
from engine.tune.plan import StudyPlan
from tests.engine.train.tiny_project import make_project


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny project with a search space."""
    place = tmp_path_factory.mktemp("tiny") / "p"
    space = SearchSpace((Searched("training.optimizer.lr", 1e-4, 0.1, log=True),))
    project = make_project(place, epochs=1).with_(search=space)
    save(place, project, expect_digest=load(place).digest)
    return place


def tune(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["tune", str(folder), *words])


def events(folder: Path, *words: str) -> list[dict[str, Any]]:
    result = tune(folder, *words, "--json")
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_study_is_run_told_and_gone_on_with(folder: Path) -> None:
    before = (folder / "project.fovea").read_bytes()
    told = events(folder, "--trials", "2", "--name", "mine", "--set", "startup=1")
    kinds = [one["event"] for one in told]
    assert kinds[0] == "study_started"
    assert kinds.count("trial_finished") == 2
    assert told[-1]["event"] == "study_finished"
    epochs = [one["trial"] for one in told if one["event"] == "epoch_done"]
    assert epochs == [0, 1]
    assert told[-1]["best"]["values"].keys() == {"training.optimizer.lr"}
    assert 0 <= told[-1]["best"]["value"] <= 1, "a machine reads the number as it is"
    more = events(folder, "--resume", "mine", "--trials", "3")
    assert (more[0]["done"], more[-1]["complete"] + more[-1]["pruned"]) == (2, 3)
    assert (folder / "project.fovea").read_bytes() == before


def test_a_person_reads_what_was_tried_and_what_is_best(folder: Path) -> None:
    result = tune(folder, "--trials", "1", "--pruner", "none")
    assert result.exit_code == 0
    assert "trial 0: training.optimizer.lr" in result.stderr
    assert re.search(r"trial 0 complete \d+\.\d\d %$", result.stderr, re.MULTILINE)
    assert re.search(r"Best: trial 0, \d+\.\d\d % on validation", result.stderr)
    assert "--set training.optimizer.lr=" in result.stderr
    assert result.stdout == ""


@pytest.mark.slow
def test_trials_of_two_workers_are_told_apart(folder: Path) -> None:
    result = tune(folder, "--trials", "2", "--workers", "2", "--pruner", "none", "--json")
    assert result.exit_code == 0, result.stderr
    told = [json.loads(line) for line in result.stdout.splitlines()]
    ends = {one["trial"]: one["run"] for one in told if one["event"] == "run_finished"}
    assert ends == {0: "trial-00000", 1: "trial-00001"}
    for number in ends:
        assert f"trial {number} epoch 1/1" in result.stderr
        assert f"trial {number} complete" in result.stderr


def test_a_front_is_told_with_what_it_costs(folder: Path) -> None:
    words = ("--trials", "2", "--against", "parameters", "--sampler", "nsga2", "--set", "keep=1")
    result = tune(folder, *words)
    assert result.exit_code == 0, result.stderr
    assert "No trial ends early: with two objectives" in result.stderr
    assert "No trial beats one of these 1 in both" in result.stderr  # all have equal parameters
    assert re.search(r" %, [\d,]+ parameters on validation images", result.stderr)


def test_several_runs_are_told_with_their_spread(folder: Path) -> None:
    result = tune(folder, "--trials", "1", "--runs", "2", "--vary", "folds")
    assert result.exit_code == 0, result.stderr
    assert re.search(r"trial 0 complete \d+\.\d\d ± \d+\.\d\d %$", result.stderr, re.MULTILINE)


def test_an_earlier_study_is_learnt_from(folder: Path) -> None:
    tune(folder, "--trials", "2", "--pruner", "none", "--name", "old")
    told = events(folder, "--from", "old", "--trials", "1", "--name", "new")
    assert "2 of 2 trials of study old are known here." in told[0]["notes"]
    assert (told[0]["done"], told[-1]["complete"] + told[-1]["pruned"]) == (0, 1)


def test_a_trial_is_added_by_hand(folder: Path) -> None:
    tune(folder, "--trials", "1", "--name", "hand")
    told = events(folder, "--resume", "hand", "--add", "training.optimizer.lr=0.02")
    (started,) = (one for one in told if one["event"] == "trial_started")
    assert started["values"] == {"training.optimizer.lr": 0.02}
    with find_study(folder, "hand").alone():
        result = tune(folder, "--resume", "hand", "--add", "training.optimizer.lr=0.03")
    assert result.exit_code == 0
    assert "running in another process" in result.stderr
    assert len(list((folder / "studies" / "hand" / "inbox").iterdir())) == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--from", "nothing"), 1, "no study"),
        (("--add", "training.optimizer.lr=0.02"), 2, "--resume"),
        (("--resume", "last", "--add", "training.optimizer.lr"), 2, "ADDRESS=VALUE"),
        (("--resume", "last", "--add", "training.optimizer.lr=7"), 1, "not among what is searched"),
        (("--trials", "0"), 1, "Trials cannot be 0"),
        (("--set", "trails=3"), 1, "Did you mean"),
        (("--set", "keep"), 2, "NAME=VALUE"),
        (("--resume", "nothing"), 1, "no study"),
        (("--resume", "last", "--goal", "auc"), 2, "as it is"),
        (("--name", "../x"), 1, "cannot be named"),
        (("--workers", "0"), 2, "--workers"),
        (("--storage", "sqlite:///mine.db"), 1, "not the address of a storage"),
    ],
)
def test_what_cannot_be_begins_nothing(
    folder: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    study = create_study(folder, load(folder).project, StudyPlan())
    before = sorted(path.name for path in (folder / "studies").glob("*"))
    result = tune(folder, *words)
    assert result.exit_code == code, result.output
    assert said in result.stderr
    assert sorted(path.name for path in (folder / "studies").glob("*")) == before
    assert not study.database.exists()


def test_without_a_space_it_says_how_to_get_one(tmp_path: Path) -> None:
    make_project(tmp_path / "p")
    result = tune(tmp_path / "p", "--trials", "1")
    assert result.exit_code == 1
    assert "Nothing is chosen for the search yet" in result.stderr
    assert not (tmp_path / "p" / "studies").exists()
