"""``train --watch norms``: the shell sees the norms, too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.cli.main import main
from engine.runs.listing import find_run, replay
from tests.engine.train.tiny_project import make_project


@pytest.mark.parametrize("watching", [True, False])
def test_norms_are_events_and_a_table_after_each_epoch(tmp_path: Path, watching: bool) -> None:
    folder = tmp_path / "tiny"
    make_project(folder)
    options = ["--watch", "norms"] if watching else []
    result = CliRunner().invoke(main, ["train", str(folder), "--json", *options])
    assert result.exit_code == 0, result.output
    events = [json.loads(line) for line in result.stdout.splitlines()]
    norms = [event for event in events if event["event"] == "norms_read"]
    assert {event["step"] for event in norms} >= ({8, 16, 24} if watching else set())
    assert bool(norms) == watching
    assert result.stderr.count("gradient/weights") == (3 if watching else 0)
    assert all(event.recorded for event in replay(find_run(folder, "last").path))
    if watching:
        last = norms[-1]["nodes"]
        assert list(last) == ["stem", "norm", "scores"]
        assert last["stem"]["ratio"] == pytest.approx(
            last["stem"]["gradient"] / last["stem"]["weight"]
        )
        assert last["stem"]["verdict"] == ""
        assert f"{last['scores']['gradient']:.2e}" in result.stderr


def test_what_cannot_be_watched_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["train", str(tmp_path), "--watch", "everything"])
    assert result.exit_code == 2
