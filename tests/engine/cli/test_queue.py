"""The queue from a shell: added with settings, listed, ordered, and worked off."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.cli.main import main
from engine.runs.listing import list_runs
from engine.runs.queue import RunQueue
from tests.engine.train.tiny_project import make_project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with two runs in its queue, of 1 and 2 epochs."""
    made = tmp_path / "tiny"
    make_project(made)
    for epochs in ("1", "2"):
        result = call("train", made, "--queue", "--set", f"training.epochs={epochs}")
        assert result.exit_code == 0, result.output
    return made


def call(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def listed(folder: Path) -> list[dict[str, Any]]:
    result = call("queue", folder, "list", "--json")
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_entries_are_listed_with_what_differs(folder: Path) -> None:
    entries = listed(folder)
    assert [entry["epochs"] for entry in entries] == [1, 2]
    assert entries[1]["differing"] == {"training.epochs": ["1", "2"]}
    assert "training.epochs 2" in call("queue", folder, "list").stderr
    assert list_runs(folder) == []


def test_the_order_is_changed_and_entries_are_removed(folder: Path) -> None:
    first, second = (entry["id"] for entry in listed(folder))
    assert call("queue", folder, "first", second).exit_code == 0
    assert [entry["id"] for entry in listed(folder)] == [second, first]
    assert call("queue", folder, "remove", first).exit_code == 0
    assert [entry["id"] for entry in listed(folder)] == [second]
    assert call("queue", folder, "remove", first).exit_code == 1
    assert call("queue", folder, "remove").exit_code == 2


def test_run_works_the_queue_off_and_a_failure_does_not_stop_it(folder: Path) -> None:
    queue = RunQueue(folder)
    broken = queue.add(make_project(folder.parent / "other").with_(name="other"))
    path = queue.path / f"{broken}.json"
    facts = json.loads(path.read_text())
    facts["project"]["data"]["manifest"] = "0" * 64
    path.write_text(json.dumps(facts))
    queue.move(broken, -5)
    result = call("queue", folder, "run", "--json")
    assert result.exit_code == 1
    ends = [json.loads(line) for line in result.stdout.splitlines()]
    assert [e["event"] for e in ends if e["event"] in ("error", "run_finished")] == [
        "error",
        "run_finished",
        "run_finished",
    ]
    assert [(run.status, run.epochs) for run in list_runs(folder)] == [("done", 1), ("done", 2)]
    assert [entry["state"] for entry in listed(folder)] == ["failed"]
    assert call("queue", folder, "retry", broken).exit_code == 0
    assert [entry["state"] for entry in listed(folder)] == ["waiting"]


def test_a_resumed_run_cannot_be_queued(folder: Path) -> None:
    assert call("train", folder, "--queue", "--resume", "last").exit_code == 2
