"""The pictures are complete: every page in every state."""

from __future__ import annotations

from gui.pages import PAGES
from tests.screens.scenes import SCENES, STATES


def test_every_page_is_pictured_in_every_state() -> None:
    wanted = {f"{name}-{state}" for name, *_ in PAGES for state in STATES}
    assert wanted - set(SCENES) == set()
    assert {"welcome-empty", "welcome-ready", "dialog-new", "dialog-error"} <= set(SCENES)


def test_every_scene_says_what_it_shows() -> None:
    assert [name for name, scene in SCENES.items() if not scene.__doc__] == []
