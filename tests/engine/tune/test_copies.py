"""Rows S04, S06 and S07: backups, who holds a file, and projects on network shares."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from engine.errors import FoveaError
from engine.files import places
from engine.files.places import on_network_share
from engine.project.document import Project
from engine.tune import copies, storage
from engine.tune.copies import restore_backup
from engine.tune.events import StudyStarted, TrialFinished
from engine.tune.folder import StudyFolder
from engine.tune.holders import holders
from engine.tune.storage import backup_of, open_study, quiet
from engine.tune.study import tune
from engine.tune.table import damage
from tests.engine.train.tiny_project import make_project
from tests.engine.tune.test_faults import SPACE, begin, not_trained, run, told
from tests.reliability.study import kept_trials


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Project]:
    """A tiny project on disc, its images decoded."""
    folder = tmp_path_factory.mktemp("tiny") / "p"
    return folder, make_project(folder, epochs=1).with_(search=SPACE)


@pytest.mark.parametrize("damage", ["garbage", "empty", "cut", "gone"])
def test_a_damaged_file_is_replaced_by_its_backup_on_request(
    ready: tuple[Path, Project], damage: str
) -> None:
    """Row S04."""
    study = begin(ready, trials=4)
    with not_trained():
        expected = told(run(study))
    file, whole = study.database, study.database.read_bytes()
    backup = backup_of(file).read_bytes()
    if damage == "gone":
        file.unlink()
        file.touch()
    else:
        cuts = {"garbage": b"no database" * 99, "empty": b"", "cut": whole[: len(whole) // 2]}
        file.write_bytes(cuts[damage])
    damaged = file.read_bytes()
    with pytest.raises(FoveaError) as caught:
        run(study)
    assert caught.value.code == "FV-S005"
    assert "study.backup.db" in caught.value.fix
    assert "--restore" in caught.value.fix
    assert (file.read_bytes(), backup_of(file).read_bytes()) == (damaged, backup)
    assert restore_backup(file).read_bytes() == damaged
    with not_trained():
        assert told(run(study)) == []
    assert len(kept_trials(file)) == len(expected) == 4


def test_a_damaged_backup_replaces_nothing(ready: tuple[Path, Project]) -> None:
    """Row S04: the file that is damaged may hold more than the backup."""
    study = begin(ready, trials=2)
    with not_trained():
        run(study)
    assert damage(study) is None
    study.database.write_bytes(b"no database" * 99)
    found = damage(study)
    assert found is not None
    assert (found.code, found.backup) == ("FV-S005", backup_of(study.database))
    backup_of(study.database).write_bytes(b"")
    before = {file: file.read_bytes() for file in study.path.glob("*.db*")}
    with pytest.raises(FoveaError) as caught:
        restore_backup(study.database)
    assert caught.value.code == "FV-S009"
    assert {file: file.read_bytes() for file in study.path.glob("*.db*")} == before


def test_a_backup_is_made_while_a_study_runs(ready: tuple[Path, Project]) -> None:
    study = begin(ready, trials=5)
    events = tune(study, ready[0])
    with mock.patch.object(copies, "EVERY", 2), not_trained():
        for event in events:
            if isinstance(event, TrialFinished) and event.trial == 4:
                break
        ended = [one[0] for one in kept_trials(backup_of(study.database)).values()]
        assert ended == ["COMPLETE"] * 4
        events.close()
    with pytest.raises(FoveaError) as caught:
        restore_backup(study.path / "other" / "study.db")
    assert caught.value.code == "FV-S009"


def test_a_trial_that_the_backup_does_not_know_is_not_taken_for_another(
    ready: tuple[Path, Project],
) -> None:
    """A run that is left of lost trials, with other settings than the trial of its number now."""
    study = begin(ready, trials=2)
    run(study)
    for path in sorted((study.path / "runs").glob("*")):
        path.rename(path.with_name({"0": "trial-00001", "1": "trial-00009"}[path.name[-1]] + "x"))
    for path in sorted((study.path / "runs").glob("*x")):
        path.rename(path.with_name(path.name[:-1]))
    before = told(run(begin(ready, trials=2)))
    study.database.unlink()
    assert told(run(study)) == before
    assert (study.path / "runs" / "trial-00001-lost-1").is_dir()


HOLDS = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1])
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
time.sleep(100)
"""


@pytest.fixture
def holder(ready: tuple[Path, Project]) -> Iterator[tuple[StudyFolder, int]]:
    """A study whose file another process holds."""
    study = begin(ready, trials=1)
    with not_trained():
        run(study)
    words = [sys.executable, "-c", HOLDS, str(study.database)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield study, process.pid
        process.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who holds a file")
def test_the_holder_is_named_after_the_wait(holder: tuple[StudyFolder, int]) -> None:
    """Row S06, with a shorter wait."""
    study, pid = holder
    more = StudyFolder(study.path, study.project, study.plan.with_(trials=2), study.created)
    begun = time.monotonic()
    with (
        mock.patch.object(storage, "_WAITS", 0.3),
        not_trained(),
        pytest.raises(FoveaError) as caught,
    ):
        run(more)
    assert time.monotonic() - begun >= 0.3
    assert f"(process {pid})" in caught.value.why
    assert "python" in caught.value.why
    assert storage._WAITS == 20


def test_a_holder_that_cannot_be_seen_is_unknown(tmp_path: Path) -> None:
    file = tmp_path / "study.db"
    file.touch()
    assert "unknown" in holders(file)


@pytest.mark.parametrize(
    ("kind", "remote"),
    [("nfs4", True), ("cifs", True), ("fuse.sshfs", True), ("ext4", False), ("tmpfs", False)],
)
def test_a_network_share_is_recognised(tmp_path: Path, kind: str, remote: bool) -> None:
    mounts = tmp_path / "mounts"
    (tmp_path / "my share" / "p").mkdir(parents=True)
    where = str(tmp_path / "my share").replace(" ", "\\040")
    mounts.write_text(f"/dev/a / ext4 rw 0 0\nserver:/x {where} {kind} rw 0 0\n")
    with mock.patch.object(places, "_MOUNTS", mounts):
        assert on_network_share(tmp_path / "my share" / "p") is remote
        assert not on_network_share(tmp_path)


def test_on_a_share_the_file_is_elsewhere_and_copied_after_every_trial(
    ready: tuple[Path, Project], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row S07."""
    monkeypatch.setenv("FOVEA_CACHE", str(tmp_path / "cache"))
    study, seen = begin(ready, trials=3), []
    with (
        mock.patch.object(copies, "on_network_share", return_value=True),
        not_trained(),
    ):
        for event in tune(study, ready[0]):
            if isinstance(event, StudyStarted):
                assert any("network share" in note for note in event.notes)
                assert not study.database.exists()
                assert len(list(tmp_path.glob("cache/studies/*/study.db"))) == 1
            if isinstance(event, TrialFinished) and event.trial > 0:
                there = kept_trials(study.database)
                seen.append([one[0] for one in there.values()])
        assert not list(study.path.glob("study.db-*"))
        assert not list(tmp_path.rglob("cache/**/study.db*"))
        assert told(run(study)) == []
    assert seen == [["COMPLETE"], ["COMPLETE"] * 2]
    assert [one[0] for one in kept_trials(study.database).values()] == ["COMPLETE"] * 3


def test_remarks_of_optuna_are_hidden_on_every_thread() -> None:
    def remark() -> None:
        warnings.warn_explicit("It is experimental.", UserWarning, "x.py", 1, "engine.tune.study")
        warnings.warn_explicit("Mind the step.", UserWarning, "x.py", 1, "optuna.trial._trial")

    found: list[BaseException] = []

    def work() -> None:
        try:
            quiet()
            remark()
        except UserWarning as error:
            found.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == []
    quiet()
    remark()
    with pytest.raises(UserWarning):
        warnings.warn_explicit("It is experimental.", UserWarning, "x.py", 1, "engine.train.loop")


def test_a_file_that_is_asked_for_anew_is_not_made_over_another(tmp_path: Path) -> None:
    (tmp_path / "study.db").write_bytes(b"precious")
    with pytest.raises(FoveaError):
        open_study(tmp_path / "study.db", maximise=True, new=True)
    assert (tmp_path / "study.db").read_bytes() == b"precious"
