"""The queue of runs: its order, its claims, and that nothing of it is lost."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from engine.errors import FoveaError
from engine.processes import Process, this_process
from engine.project.document import Project
from engine.recipe import Training
from engine.runs.folder import RunFolder
from engine.runs.queue import RunQueue


def project(epochs: int) -> Project:
    return Project(name="cells", training=Training(epochs=epochs))


@pytest.fixture
def queue(tmp_path: Path) -> RunQueue:
    """Three entries of 1, 2 and 3 epochs."""
    made = RunQueue(tmp_path)
    for epochs in (1, 2, 3):
        made.add(project(epochs))
    return made


def epochs(queue: RunQueue) -> list[int]:
    return [entry.epochs for entry in queue.entries()]


def test_a_project_without_a_queue_has_none_and_looking_makes_no_folder(tmp_path: Path) -> None:
    queue = RunQueue(tmp_path)
    assert queue.entries() == ()
    assert not queue.path.exists()
    assert queue.take() is None


def test_entries_are_snapshots_in_the_order_of_adding(queue: RunQueue) -> None:
    first, second, _ = queue.entries()
    assert epochs(queue) == [1, 2, 3]
    assert first.state == "waiting"
    assert second.differing == {"training.epochs": ("1", "2")}
    taken = queue.take()
    assert taken is not None
    assert taken == (first.id, project(1))


def test_entries_move_and_stay_within_the_ends(queue: RunQueue) -> None:
    first, _, last = (entry.id for entry in queue.entries())
    queue.move(last, -1)
    assert epochs(queue) == [1, 3, 2]
    queue.move(last, -5)
    assert epochs(queue) == [3, 1, 2]
    queue.move(first, 99)
    assert epochs(queue) == [3, 2, 1]


def test_a_removed_entry_is_gone_and_cannot_be_moved(queue: RunQueue) -> None:
    name = queue.entries()[1].id
    queue.remove(name)
    assert epochs(queue) == [1, 3]
    with pytest.raises(FoveaError) as caught:
        queue.move(name, 1)
    assert caught.value.code == "FV-T030"
    assert epochs(queue) == [1, 3]


def test_the_order_survives_a_damaged_order_file(queue: RunQueue) -> None:
    queue.move(queue.entries()[2].id, -2)
    (queue.path / "order.json").write_text("{")
    assert sorted(epochs(queue)) == [1, 2, 3]
    assert queue.take() is not None


def test_an_entry_is_taken_once_and_leaves_when_its_run_has_begun(queue: RunQueue) -> None:
    names = [entry.id for entry in queue.entries()]
    taken = queue.take()
    assert taken is not None
    assert [entry.state for entry in queue.entries()] == ["starting", "waiting", "waiting"]
    second = RunQueue(queue.path.parent).take()
    assert second is not None
    assert second[0] == names[1]
    queue.begun(taken[0])
    queue.give_back(second[0])
    assert [(entry.id, entry.state) for entry in queue.entries()] == [
        (names[1], "waiting"),
        (names[2], "waiting"),
    ]


def test_an_entry_that_could_not_begin_is_passed_over_until_it_is_retried(queue: RunQueue) -> None:
    taken = queue.take()
    assert taken is not None
    queue.give_back(taken[0], "Its images are gone.")
    entry = queue.entries()[0]
    assert (entry.state, entry.trouble) == ("failed", "Its images are gone.")
    following = queue.take()
    assert following is not None
    assert following[1] == project(2)
    queue.retry(entry.id)
    again = queue.take()
    assert again == (entry.id, project(1))


def dead(queue: RunQueue, name: str) -> None:
    """Makes a taken entry look as if its process had been killed."""
    path = queue.path / f"{name}.json"
    facts = json.loads(path.read_text())
    gone = Process(this_process().host, 2**22 + 1, "")
    path.write_text(json.dumps(facts | {"process": asdict(gone)}))


def test_an_entry_whose_process_died_before_its_run_waits_again(queue: RunQueue) -> None:
    taken = queue.take()
    assert taken is not None
    dead(queue, taken[0])
    assert queue.entries()[0].state == "waiting"
    assert queue.take() == taken


def test_an_entry_whose_process_died_with_a_run_is_not_trained_twice(queue: RunQueue) -> None:
    taken = queue.take()
    assert taken is not None
    RunFolder.create(queue.path.parent).begin({"queued": taken[0]})
    dead(queue, taken[0])
    following = queue.take()
    assert following is not None
    assert following[1] == project(2)
    assert len(queue.entries()) == 2


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"project": 1}', b"\xff"])
def test_a_damaged_entry_is_listed_and_holds_nothing_up(queue: RunQueue, content: bytes) -> None:
    first = queue.entries()[0].id
    (queue.path / f"{first}.json").write_bytes(content)
    entry = queue.entries()[0]
    assert entry.state == "damaged"
    assert entry.trouble
    following = queue.take()
    assert following is not None
    assert following[1] == project(2)
    queue.remove(first)
    assert len(queue.entries()) == 2


def test_settings_that_no_version_knows_fail_that_entry_alone(queue: RunQueue) -> None:
    path = queue.path / f"{queue.entries()[0].id}.json"
    facts = json.loads(path.read_text())
    facts["project"]["training"]["magic"] = 1
    path.write_text(json.dumps(facts))
    following = queue.take()
    assert following is not None
    assert following[1] == project(2)
    assert queue.entries()[0].state == "failed"


def test_a_folder_that_refuses_is_told(tmp_path: Path) -> None:
    (tmp_path / "queue").write_text("in the way")
    with pytest.raises(FoveaError) as caught:
        RunQueue(tmp_path).add(project(1))
    assert caught.value.code == "FV-O001"


@pytest.mark.parametrize("entry", ["good", "of no version"])
def test_a_full_disc_is_told_instead_of_an_empty_queue(
    queue: RunQueue, monkeypatch: pytest.MonkeyPatch, entry: str
) -> None:
    if entry != "good":
        path = queue.path / f"{queue.entries()[0].id}.json"
        facts = json.loads(path.read_text())
        facts["project"]["training"]["magic"] = 1
        path.write_text(json.dumps(facts))

    def full(*_: object) -> None:
        raise FoveaError("FV-O001", "The file cannot be written.", why="No space left on device.")

    monkeypatch.setattr("engine.runs.queue.write_json", full)
    with pytest.raises(FoveaError) as caught:
        queue.take()
    assert caught.value.code == "FV-O001"
    monkeypatch.undo()
    assert queue.take() is not None
