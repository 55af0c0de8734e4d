"""Starting: quickly, without torch; settings that are damaged; the log."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.selftest import inventory
from gui import app
from gui.app import _parse
from gui.crash import start_log
from gui.settings import Settings

ROOT = Path(__file__).resolve().parents[2]

START = """
import sys
from pathlib import Path
from gui.app import start
from gui.settings import Settings
app = start(Settings(Path(sys.argv[1])))
app.window.show()
app.qt.processEvents()
heavy = {"torch", "numpy", "pydantic", "pyqtgraph", "PIL", "scipy", "sklearn"} & set(sys.modules)
print(",".join(sorted(heavy)) or "light", app.window.isVisible())
app.window.close()
"""


def test_nothing_heavy_is_imported_before_the_window_is_shown(tmp_path: Path) -> None:
    command = [sys.executable, "-c", START, str(tmp_path / "s.ini")]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.split() == ["light", "True"], done.stderr


def test_damaged_settings_are_passed_over(qapp, tmp_path: Path) -> None:
    path = tmp_path / "settings.ini"
    path.write_bytes(b"\x00\xff[recent\n=%%%\ntheme=sepia\n" * 20)
    settings = Settings(path)
    assert settings.recent() == []
    assert settings.theme == "system"
    assert settings.geometry.isEmpty()


def test_recent_projects_keep_their_order_and_are_few(qapp, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.ini")
    folders = [tmp_path / f"p{number}" for number in range(20)]
    for folder in folders:
        folder.mkdir()
        (folder / "project.fovea").touch()
        settings.add_recent(folder)
    settings.add_recent(folders[15])
    assert settings.recent()[:2] == [folders[15], folders[19]]
    assert len(settings.recent()) == 12
    settings.forget(folders[15])
    assert folders[15] not in settings.recent()


def test_the_log_is_rotated_and_may_be_missing(tmp_path: Path, capsys) -> None:
    root = logging.getLogger()
    before = list(root.handlers)
    path = start_log(tmp_path / "logs")
    logging.getLogger("fovea").warning("something")
    for handler in [made for made in root.handlers if made not in before]:
        root.removeHandler(handler)
        handler.close()
    assert path is not None
    assert "something" in path.read_text(encoding="utf-8")
    (tmp_path / "file").touch()
    assert start_log(tmp_path / "file" / "logs") is None
    assert "no log" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_the_command_explains_itself(arguments: list[str], capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        _parse(arguments)
    assert ended.value.code == 0
    assert "ovea" in capsys.readouterr().out


@pytest.mark.parametrize("installed", [True, False])
def test_an_installed_program_shuts_out_the_plugins_of_another_qt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: bool
) -> None:
    """Asked where it comes to Qt: only a package has an inventory."""
    names = ("QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH")
    for name in names:
        monkeypatch.setenv(name, "/elsewhere/plugins")
    assert app._INVENTORY == inventory.FILE
    file = tmp_path / "inventory.json"
    if installed:
        file.write_text("{}", "utf-8")
    monkeypatch.setattr(app, "_INVENTORY", file)
    seen = []
    monkeypatch.setattr(app, "_self_test", lambda: seen.extend(map(os.environ.get, names)) or 0)
    assert app.main(["--self-test"]) == 0
    assert seen == ([None, None] if installed else ["/elsewhere/plugins"] * 2)
