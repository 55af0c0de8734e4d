"""A study for other programs, and one that a crash cut off."""

from __future__ import annotations

import csv
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import FoveaError
from engine.search import Searched, SearchSpace
from engine.tune.export import copy_database, write_csv
from engine.tune.folder import StudyFolder, create_study, find_study
from engine.tune.interrupted import interrupted_study
from engine.tune.plan import StudyPlan
from engine.tune.storage import open_study
from engine.tune.study import tune
from engine.tune.table import read_table
from tests.engine.train.tiny_project import make_project

SPACE = SearchSpace((Searched("training.optimizer.lr", 1e-4, 0.1, log=True),))


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a finished study of two trials."""
    folder = tmp_path_factory.mktemp("exported") / "p"
    project = make_project(folder, epochs=1).with_(search=SPACE)
    made = create_study(folder, project, StudyPlan(trials=2, pruner="none"))
    assert list(tune(made, folder, threads=1))
    return folder


@pytest.fixture
def study(master: Path, tmp_path: Path) -> StudyFolder:
    """A copy of the study for the test's own."""
    shutil.copytree(master, tmp_path / "p")
    return find_study(tmp_path / "p", "last")


def project_of(study: StudyFolder) -> Path:
    return study.path.parent.parent


def set_state(study: StudyFolder, number: int, state: str) -> None:
    with closing(sqlite3.connect(study.database)) as file:
        file.execute("UPDATE trials SET state = ? WHERE number = ?", (state, number))
        file.commit()


def test_the_table_holds_every_number_in_full(study: StudyFolder, tmp_path: Path) -> None:
    table = read_table(study)
    write_csv(table, tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(newline="") as file:
        first, second = csv.DictReader(file)
    for line, row in zip((first, second), table.rows, strict=True):
        assert float(line["training.optimizer.lr"]) == row.settings["training.optimizer.lr"]
        assert float(line["Validation accuracy"]) == row.values[0]
        assert float(line["seconds"]) == row.seconds
        assert (line["state"], line["run"], line["why"]) == ("complete", row.run, "")


def test_the_copy_is_a_whole_study_also_while_another_writes(
    study: StudyFolder, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(study.database)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE trials SET state = 'FAIL' WHERE number = 1")
        copy_database(study, tmp_path / "copy.db")
        writer.rollback()
    copied = open_study(tmp_path / "copy.db", maximise=True, new=False)
    assert [trial.state.name for trial in copied.trials] == ["COMPLETE", "COMPLETE"]


def test_what_cannot_be_exported_says_why(study: StudyFolder, tmp_path: Path) -> None:
    with pytest.raises(FoveaError) as refused:
        write_csv(read_table(study), tmp_path / "nowhere" / "t.csv")
    assert refused.value.code == "FV-O001"
    study.database.unlink()
    with pytest.raises(FoveaError) as missing:
        copy_database(study, tmp_path / "copy.db")
    assert missing.value.code == "FV-S005"
    assert not (tmp_path / "copy.db").exists()


def test_only_a_study_that_was_cut_off_and_is_not_run_is_left_behind(study: StudyFolder) -> None:
    folder = project_of(study)
    assert interrupted_study(folder) is None
    set_state(study, 1, "WAITING")
    assert interrupted_study(folder) is None, "somebody paused it"
    set_state(study, 1, "RUNNING")
    found = interrupted_study(folder)
    assert found is not None
    assert (found[0].name, found[1]) == (study.name, 1)
    with study.alone():
        assert interrupted_study(folder) is None, "another process is at it"
    replace(study, storage="grpc://lab:13000").write()
    assert interrupted_study(folder) is None, "other computers train it"
    study.write()
    study.database.write_bytes(b"no database" * 100)
    assert interrupted_study(folder) is None


def test_a_file_in_the_place_of_the_studies_is_told_as_such(tmp_path: Path) -> None:
    project = make_project(tmp_path / "p", epochs=1).with_(search=SPACE)
    (tmp_path / "p" / "studies").write_text("in the way")
    with pytest.raises(FoveaError) as refused:
        create_study(tmp_path / "p", project, StudyPlan())
    assert refused.value.code == "FV-O001"
