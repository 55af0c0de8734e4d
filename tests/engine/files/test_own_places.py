"""Where the program keeps what belongs to the person: one folder name, named in one place."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from engine.compute.trial import kept_at
from engine.files.own_places import cache_folder, log_folder, settings_file

ROOT = Path(__file__).resolve().parents[3]


def test_one_module_asks_the_platform_for_folders() -> None:
    asking = {
        path.relative_to(ROOT).as_posix()
        for room in ("engine", "gui")
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"(import|from) platformdirs", path.read_text("utf-8"))
    }
    assert asking == {"engine/files/own_places.py"}


@pytest.mark.skipif(sys.platform != "linux", reason="the folders of Linux are looked at")
def test_every_folder_has_the_programs_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FOVEA_CACHE", "FOVEA_SETTINGS", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    home = Path.home()
    assert cache_folder() == home / ".cache" / "Fovea"
    assert log_folder() == home / ".local" / "state" / "Fovea" / "log"
    assert settings_file() == home / ".config" / "Fovea" / "Fovea.ini"


def test_another_folder_for_caches_holds_them_all(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FOVEA_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    assert kept_at() == tmp_path / "arithmetic.json"
