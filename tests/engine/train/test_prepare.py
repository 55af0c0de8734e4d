"""What is decided before the first step, from a project on disc."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.compute import choice, trial
from engine.train import prepare as preparing
from engine.train.prepare import prepare
from tests.engine.train.tiny_project import make_project


@pytest.fixture
def worth_trying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Has the smallest run make a trial, and gives the file that remembers it."""
    kept = tmp_path / "cache" / "arithmetic.json"
    monkeypatch.setattr(preparing, "WORTH_TRYING", 0)
    monkeypatch.setattr(choice, "WORTH_MACS", 0)
    monkeypatch.setattr(trial, "kept_at", lambda: kept)
    return kept


def test_a_run_is_repeated_in_the_arithmetic_that_a_trial_once_chose(
    tmp_path: Path, worth_trying: Path
) -> None:
    project = make_project(tmp_path / "one")

    def prepared(known: dict[str, Any]) -> tuple[dict[str, Any], str]:
        found = prepare(project, tmp_path / "one", device="cpu", known=known)
        (said,) = [note for note in found.notes if note.startswith("Arithmetic")]
        return dict(found.facts), said

    first, why = prepared({})
    assert "a short trial" in why
    assert worth_trying.exists()
    again, why = prepared({})
    assert "an earlier trial" in why
    assert again == first
    worth_trying.unlink()
    resumed, why = prepared(first)
    assert "as the run began" in why
    assert resumed == first
    assert not worth_trying.exists()


def test_a_short_run_makes_no_trial_and_says_where_its_images_are(tmp_path: Path) -> None:
    project = make_project(tmp_path / "one")
    found = prepare(project, tmp_path / "one", device="cpu", known={})
    assert any("too small to gain" in note for note in found.notes)
    assert any(note.startswith("Data: 90 images") for note in found.notes)
    assert found.facts["passes"] == "plain"
