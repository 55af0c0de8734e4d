"""The program as the desktop knows it: names, icon, the taskbar's id."""

from __future__ import annotations

import ctypes
import logging
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QDialog

from gui.application import TASKBAR_ID, Application, claim_taskbar, present, program_icon
from gui.shell.dialogs import AboutDialog
from gui.window import Window
from linux.desktop import lay_share

ROOT = Path(__file__).resolve().parents[2]
ICONS = ROOT / "resources" / "program"
KIND = QImage.Format.Format_ARGB32_Premultiplied
NAMES = """
import sys
from pathlib import Path
from gui.app import start
from gui.settings import Settings
settings = Settings(Path(sys.argv[1]))
sys.argv = ["/opt/fovea/app/gui/app.py"]
qt = start(settings).qt
print(qt.arguments()[0], qt.applicationName(), qt.desktopFileName())
"""


@pytest.mark.parametrize("side", [16, 22, 24, 32, 48, 64, 128, 256])
def test_the_icon_has_every_size_as_it_was_drawn(qapp: Application, side: int) -> None:
    drawn = program_icon().pixmap(QSize(side, side)).toImage()
    kept = QImage(str(ICONS / f"fovea-{side}.png"))
    assert not kept.isNull()
    assert drawn.convertToFormat(KIND) == kept.convertToFormat(KIND)


def test_the_window_and_its_dialogs_have_it(qapp: Application, window: Window) -> None:
    present(qapp)
    window.show_about()
    about = window.findChildren(AboutDialog)[0]
    kept = QImage(str(ICONS / "fovea-32.png")).convertToFormat(KIND)
    for widget in (window, about, QDialog(window)):
        shown = widget.windowIcon().pixmap(QSize(32, 32)).toImage()
        assert shown.convertToFormat(KIND) == kept
    about.reject()


def test_the_desktop_finds_the_menu_entry(qapp: Application, tmp_path: Path) -> None:
    present(qapp)
    lay_share(tmp_path, "/opt/fovea/bin/fovea")
    [entry] = (tmp_path / "applications").iterdir()
    assert entry.name == f"{QGuiApplication.desktopFileName()}.desktop"
    assert f"StartupWMClass={qapp.applicationName()}\n" in entry.read_text("utf-8")


class Shell:
    """Stands in for Windows' shell32."""

    def __init__(self, code: int = 0, error: Exception | None = None) -> None:
        self.code, self.error = code, error
        self.ids: list[str] = []

    def SetCurrentProcessExplicitAppUserModelID(self, name: str) -> int:
        if self.error is not None:
            raise self.error
        self.ids.append(name)
        return self.code


@pytest.mark.parametrize("system", ["win32", "linux", "darwin"])
def test_the_taskbar_is_claimed_on_windows_only(monkeypatch, system: str) -> None:
    shell = Shell()
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(shell32=shell), raising=False)
    monkeypatch.setattr(sys, "platform", system)
    claim_taskbar()
    assert shell.ids == ([TASKBAR_ID] if system == "win32" else [])


@pytest.mark.parametrize(
    "shell",
    [
        Shell(code=-2147467259),
        Shell(error=OSError("no such function")),
        SimpleNamespace(),
    ],
    ids=["refused", "broken", "old"],
)
def test_a_refused_id_is_logged_and_no_more(monkeypatch, caplog, shell) -> None:
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(shell32=shell), raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    with caplog.at_level(logging.WARNING):
        claim_taskbar()
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert "taskbar's id" in record.getMessage()


def test_x11_takes_the_first_argument_for_the_instance_of_the_window(tmp_path: Path) -> None:
    command = [sys.executable, "-c", NAMES, str(tmp_path / "s.ini")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["fovea Fovea fovea"], done.stderr
