"""Looking at a shared study from a computer that does not take part."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import optuna
import pytest
import sqlalchemy

from engine.errors import FoveaError
from engine.project.document import Project
from engine.tune.folder import StudyFolder
from engine.tune.plan import StudyPlan
from engine.tune.remote.address import StorageAddress
from engine.tune.remote.looking import Onlooker, address_of, given_address
from engine.tune.table import read_table

SHOWN = "postgresql://me:***@host/studies"
SECRET = "h/sh h@sh"


@pytest.fixture
def study(tmp_path: Path) -> StudyFolder:
    """The folder of a study whose trials are elsewhere."""
    return StudyFolder(tmp_path, Project(), StudyPlan(), "", SHOWN)


@pytest.fixture
def server(tmp_path: Path) -> Path:
    """What stands for the storage: a file."""
    return tmp_path / "server.db"


@pytest.fixture
def onlooker(study: StudyFolder, server: Path) -> Iterator[Onlooker]:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    made = Onlooker(study, StorageAddress(SHOWN, "sqlite", f"sqlite:///{server}", ""))
    yield made
    made.close()


def begun(server: Path, name: str) -> optuna.Study:
    storage = optuna.storages.RDBStorage(
        f"sqlite:///{server}", engine_kwargs={"poolclass": sqlalchemy.NullPool}
    )
    return optuna.create_study(storage=storage, study_name=name)


def test_each_look_brings_what_is_new(study: StudyFolder, server: Path, onlooker: Onlooker) -> None:
    theirs = begun(server, study.name)
    assert onlooker.look()
    assert read_table(study).rows == ()
    theirs.tell(theirs.ask(), 0.5)
    assert onlooker.look()
    assert [row.values for row in read_table(study).rows] == [(0.5,)]
    assert not onlooker.look()


def test_what_is_not_there_is_said_and_the_copy_stays(
    study: StudyFolder, server: Path, onlooker: Onlooker
) -> None:
    theirs = begun(server, study.name)
    theirs.tell(theirs.ask(), 0.5)
    onlooker.look()
    optuna.delete_study(study_name=study.name, storage=theirs._storage)
    onlooker.close()
    with pytest.raises(FoveaError) as caught:
        onlooker.look()
    assert caught.value.code == "FV-S003"
    server.write_bytes(b"no database at all, whatever it is")
    with pytest.raises(FoveaError) as caught:
        onlooker.look()
    assert caught.value.code == "FV-S042"
    assert len(read_table(study).rows) == 1


def test_nothing_is_made_on_the_storage(server: Path, onlooker: Onlooker) -> None:
    server.touch()
    with pytest.raises(FoveaError):
        onlooker.look()
    with closing(sqlite3.connect(server)) as file:
        assert file.execute("SELECT name FROM sqlite_master").fetchall() == []


def test_a_password_is_asked_for_and_kept_nowhere(study: StudyFolder) -> None:
    with pytest.raises(FoveaError) as caught:
        address_of(study)
    assert caught.value.code == "FV-S048"
    address = address_of(study, SECRET)
    assert address._url == "postgresql+pg8000://me:h%2Fsh%20h%40sh@host/studies"
    assert address.shown == study.storage
    assert "h%2Fsh" not in repr(address)


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("postgresql://me:h%2Fsh@host/studies", True),
        ("postgresql://me:h%2Fsh@other/studies", False),
        ("postgresql://me@host/studies", False),
        ("nonsense", False),
    ],
)
def test_the_environment_counts_where_it_names_the_same_storage(
    study: StudyFolder, url: str, taken: bool
) -> None:
    found = given_address(study, {"FOVEA_STORAGE": url})
    assert (found is not None) == taken
