"""What an administrator presets: defaults, locks, mistakes, and where a start writes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from gui.app import _begin, _parse
from gui.presets import NO_PRESETS, Presets, preset_files, read_presets
from gui.sessions import Crash
from gui.settings import Settings
from gui.window import Window
from tests.gui.test_self_test import ROOT, own_home


@pytest.fixture
def preset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """``preset(text)`` writes the administrator's file and reads it."""
    file = tmp_path / "admin.ini"
    monkeypatch.setenv("FOVEA_DEFAULTS", str(file))

    def write(text: str | bytes) -> Presets:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_presets()

    return write


WELL = "# for all\n[defaults]\ntheme = Dark\nshow_computer = no\n[locked]\napart = yes\n"


def test_the_file_lies_where_the_platform_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOVEA_DEFAULTS", raising=False)
    monkeypatch.delenv("XDG_CONFIG_DIRS", raising=False)
    monkeypatch.setenv("PROGRAMDATA", "P:/Data")
    found = {}
    for system in ("linux", "win32", "darwin"):
        monkeypatch.setattr(sys, "platform", system)
        found[system] = [path.as_posix() for path in preset_files()]
    assert found == {
        "linux": ["/etc/fovea/settings.ini", "/etc/xdg/fovea/settings.ini"],
        "win32": ["P:/Data/Fovea/settings.ini"],
        "darwin": ["/Library/Application Support/Fovea/settings.ini"],
    }
    monkeypatch.setenv("FOVEA_DEFAULTS", "/nowhere/x.ini")
    assert read_presets() == NO_PRESETS


def test_defaults_may_be_changed_and_locks_not(qapp, preset, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "s.ini", preset(WELL))
    assert (settings.theme, settings.apart, settings.met_computer) == ("dark", True, True)
    settings.theme, settings.apart = "light", False
    assert (settings.theme, settings.apart) == ("light", True)
    assert settings.is_locked("apart")
    assert not settings.is_locked("theme")
    again = Settings(tmp_path / "s.ini")
    assert (again.theme, again.apart, again.met_computer) == ("light", False, False)


def test_new_projects_are_proposed_where_the_lab_wants_them(qapp, preset, tmp_path: Path) -> None:
    assert Settings(tmp_path / "s.ini").projects_folder is None
    given = preset("[defaults]\nprojects_folder = ~/Projects\n")
    assert Settings(tmp_path / "s.ini", given).projects_folder == Path.home() / "Projects"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("theme = dark\n", "line 1 is not “name = value”"),
        ("[defaults]\ntheme\n", "line 2 is not “name = value”"),
        ("[defaults]\ntheme = dark\ntheme = light\n", "line 3 is not"),
        ("[default]\n", "“[default]”; known are [defaults] and [locked]"),
        ("[locked]\ncolour = red\n", "It sets “colour”; known are theme, apart"),
        ("[locked]\ntheme = sepia\n", "“theme” is “sepia”; expected is system or light or dark"),
        ("[locked]\napart = 1\n", "expected is yes or no"),
        ("[defaults]\nprojects_folder = here\n", "an absolute path is expected"),
        ("[defaults]\nprojects_folder = ~nobody-here/x\n", "“~nobody-here/x”; an absolute path is"),
        ("[defaults]\nprojects_folder = ~a\0b/x\n", "an absolute path is expected"),
        ("[defaults]\nprojects_folder = /a\0b\n", "an absolute path is expected"),
        (b"\xff\xfe\x00", "not UTF-8"),
    ],
)
def test_a_broken_file_is_told_once_and_ignored(
    qapp, preset, tmp_path: Path, text: str | bytes, said: str
) -> None:
    found = preset(text)
    assert said in found.trouble
    assert (found.values, found.locked) == ({}, frozenset())
    settings = Settings(tmp_path / "s.ini", found)
    told = settings.trouble_to_tell()
    assert str(found.file) in told
    assert said in told
    assert settings.trouble_to_tell() == ""
    other = preset("[locked]\nother = 1\n")
    assert "other" in Settings(tmp_path / "s.ini", other).trouble_to_tell()


def test_an_unreadable_file_is_told(preset, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("FOVEA_DEFAULTS", str(tmp_path))
    assert "cannot be read" in read_presets().trouble


def test_the_window_shows_what_is_locked_and_tells_trouble(
    qtbot, qapp, session, preset, tmp_path: Path
) -> None:
    settings = Settings(tmp_path / "s.ini", preset(WELL + "theme = light\n"))
    window = Window(session, settings)
    qtbot.addWidget(window, before_close_func=lambda w: setattr(w, "_ready_to_close", True))
    assert window.menus.apart.text().endswith("(set by the administrator)")
    assert window.menus.apart.isChecked()
    assert not window.menus.apart.isEnabled()
    assert session.runner.apart
    titles = [a.text() for a in window.menus.view.actions()]
    assert "&Theme (set by the administrator)" in titles
    settings.presets = preset("[wrong]\n")

    class App:
        pass

    App.qt, App.window = qapp, window
    _begin(App, _parse([]))
    assert "are ignored" in window.notice.words.text()
    assert window.current == "computer"
    window.go("welcome")
    qtbot.waitUntil(lambda: not session.runner.busy, timeout=30_000)


@pytest.mark.parametrize("size", [(960, 600), (1280, 720)])
@pytest.mark.parametrize("crashed", [False, True], ids=["alone", "after a crash"])
def test_the_notice_covers_no_button_and_stays_until_it_is_dismissed(
    qtbot, window: Window, size: tuple[int, int], crashed: bool
) -> None:
    where = "/etc/" + "a long folder of the administrator/" * 3 + "settings.ini"
    said = f"The administrator's settings in {where} are ignored. It sets “colour”."
    window.resize(*size)
    window.notice.say(said)
    if crashed:
        window.crash_offer.show_crashes([Crash(Path("/somewhere/cells"), 1e9)])
    qtbot.wait(50)
    page = window.welcome
    held = [window.notice.dismiss, page.new, page.open, page.sample]
    if crashed:
        held += [window.crash_offer.open, window.crash_offer.dismiss]
    for button in held:
        corners = [button.rect().topLeft(), button.rect().center(), button.rect().bottomRight()]
        at = [window.childAt(button.mapTo(window, corner)) for corner in corners]
        assert at == [button] * 3, button.text()
    words = window.notice.words
    assert words.height() >= words.heightForWidth(words.width())
    assert (window.width(), window.height()) == size
    qtbot.mouseClick(window.notice.dismiss, Qt.MouseButton.LeftButton)
    assert not window.notice.isVisible()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM that a program could hear")
def test_a_start_writes_in_the_persons_folders_only(tmp_path: Path) -> None:
    home = tmp_path / "home"
    command = [sys.executable, "-m", "tests.support.confined", str(home / "report.json"), str(home)]
    started = subprocess.Popen([*command, "gui.app"], cwd=ROOT, env=own_home(home))
    try:
        limit = time.monotonic() + 60
        while not list(home.rglob("session-*.json")) and time.monotonic() < limit:
            time.sleep(0.1)
        time.sleep(4)  # torch is imported behind the window
        started.send_signal(signal.SIGTERM)
        assert started.wait(60) == 0
    finally:
        started.kill()
    report = json.loads((home / "report.json").read_text("utf-8"))
    assert report == {"written": [], "processes": [], "sockets": []}
    known = {".config", ".local", ".cache", "tmp", "report.json"}
    assert {path.name for path in home.iterdir()} <= known
    assert list(home.rglob("session-*.json")) == []
    assert (home / ".local" / "state" / "Fovea" / "log" / "fovea.log").is_file()
