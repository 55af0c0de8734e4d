"""A processor that updates as a card does, with a tape for its recordings."""

from __future__ import annotations

import pytest

from engine.train import update as updating
from engine.train.finite import Guard
from engine.train.recording import choice
from tests.engine.train.recording.tape import record_on_tape


@pytest.fixture(autouse=True)
def as_a_card(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Updates read nothing, and recordings are made on tape.

    A real card computes the same twice: a proof that is refused by chance would fail its test.
    """
    if request.node.get_closest_marker("gpu"):
        monkeypatch.setattr("torch.backends.cudnn.deterministic", True)
        return
    usual = updating.Update.__init__

    def made(self: updating.Update, *given: object) -> None:
        usual(self, *given)
        self._exact = False
        self.guard = Guard(self.optimizer, exact=False, scale=self.guard.scale)

    monkeypatch.setattr(updating.Update, "__init__", made)
    monkeypatch.setattr(choice, "recorder_for", lambda device: record_on_tape)
