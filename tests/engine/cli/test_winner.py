"""``tune --confirm`` and ``tune --apply``, from the shell's side."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.cli.main import main
from engine.project.document import Project
from engine.project.store import load, save
from tests.engine.tune.confirm.drawn import drawn_trainings, make_study


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny project with a finished study of drawn trials."""
    place = tmp_path_factory.mktemp("tiny") / "p"
    make_study(place, 5)
    return place


@pytest.fixture
def folder(made: Path) -> Iterator[Path]:
    """The project without a check, and afterwards as it was."""
    before = load(made)
    yield made
    shutil.rmtree(made / "studies" / "drawn" / "winner", ignore_errors=True)
    save(made, before.project, expect_digest=load(made).digest)


def tune(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["tune", str(folder), *words])


def events(folder: Path, *words: str) -> list[dict[str, Any]]:
    result = tune(folder, *words, "--json")
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_winner_is_checked_told_and_applied(folder: Path) -> None:
    own = load(folder).project
    lr = own.training.optimizer.values()["lr"]

    def score(project: Project) -> float:
        same = project.training.optimizer.values()["lr"] == lr
        return (0.80 if same else 0.85) + project.training.seed % 7 / 1000

    with drawn_trainings(score) as trained:
        told = events(folder, "--confirm", "drawn", "--best", "2", "--seeds", "4")
    assert len(trained) == 12
    assert [one["event"] for one in (told[0], told[-1])] == ["check_started", "check_finished"]
    assert told[0]["runs"] == 12
    assert "record" not in told[3]
    end = told[-1]
    assert end["status"] == "done"
    assert len(end["arms"]) == 3
    assert end["judgement"]["candidates"][0]["words"]
    applied = events(folder, "--apply", "drawn")[-1]
    assert applied["trial"] == end["judgement"]["winner"]
    assert end["judgement"]["says"] == "better"
    assert applied["supported"]
    now = load(folder).project
    assert now.training.optimizer.values()["lr"] == applied["values"]["training.optimizer.lr"]
    assert now.search == own.search


def test_a_person_reads_the_answer_and_what_was_lucky(folder: Path) -> None:
    with drawn_trainings(lambda project: 0.4 + project.training.seed % 11 / 1000):
        result = tune(folder, "--confirm", "last", "--set", "vary=folds", "--seeds", "3")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == ""
    assert "present project, run 1 of 3" in result.stderr
    assert "no difference shown: 0.0 points" in result.stderr
    assert "luck alone gives the best about" in result.stderr
    result = tune(folder, "--apply", "last:4")
    assert result.exit_code == 0, result.stderr
    assert "settings of trial 4" in result.stderr
    assert "was not checked" in result.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--confirm", "drawn", "--trials", "3"), 2, "--confirm takes"),
        (("--confirm", "drawn", "--apply", "drawn"), 2, "only one of them"),
        (("--apply", "drawn", "--seeds", "3"), 2, "--apply nothing"),
        (("--seeds", "3"), 2, "belong to --confirm"),
        (("--confirm", "drawn", "--seeds", "2"), 1, "Runs of each cannot be 2"),
        (("--confirm", "drawn", "--set", "luck"), 2, "NAME=VALUE"),
        (("--confirm", "nothing"), 1, "no study"),
        (("--apply", "drawn:x"), 2, "STUDY:TRIAL"),
        (("--apply", "drawn:99"), 1, "no settings of a trial 99"),
    ],
)
def test_what_cannot_be_changes_nothing(
    folder: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    before = (folder / "project.fovea").read_bytes()
    result = tune(folder, *words)
    assert result.exit_code == code, result.output
    assert said in result.stderr
    assert (folder / "project.fovea").read_bytes() == before
    assert not (folder / "studies" / "drawn" / "winner").exists()


def test_a_project_that_cannot_be_trained_ends_with_1(folder: Path) -> None:
    with drawn_trainings(lambda _: float("nan")):
        result = tune(folder, "--confirm", "drawn")
    assert result.exit_code == 1
    assert "cannot be trained again: Run 1: Its validation accuracy is not known" in result.stderr
