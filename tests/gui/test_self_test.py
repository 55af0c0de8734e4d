"""``fovea --self-test`` from the source, confined: it passes, and leaves the system alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel

from engine.errors import FoveaError
from engine.selftest.running import Failed
from gui import self_test
from gui.app import _parse
from gui.pages.computer import page as page_module
from gui.self_test import _parts, _seen
from gui.window import Window

ROOT = Path(__file__).resolve().parents[2]


def own_home(home: Path) -> dict[str, str]:
    """An environment in which everything that is a person's lies in ``home``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    (home / "tmp").mkdir(parents=True)
    kept |= {"HOME": str(home), "TMPDIR": str(home / "tmp"), "PYTHONDONTWRITEBYTECODE": "1"}
    for name in ("FOVEA_CACHE", "TORCHINDUCTOR_CACHE_DIR"):  # torch sets its own for children
        kept.pop(name, None)
    return kept | {"OMP_NUM_THREADS": "1", "QT_QPA_PLATFORM": "offscreen"}


def test_all_pages_are_counted() -> None:
    assert _parts().startswith("6 pages of the work")
    assert _parse(["--self-test"]).self_test


def test_a_page_that_stays_busy_fails_by_its_name(window: Window, monkeypatch) -> None:
    monkeypatch.setattr(self_test, "_PATIENCE", 0.2)
    free = threading.Event()
    window.session.runner.task(lambda _progress: free.wait(60))
    try:
        with pytest.raises(Failed, match=r"The page welcome had not filled itself after 0\.2 s"):
            _seen(window, "welcome")
    finally:
        free.set()


def test_a_page_is_waited_for_until_its_timers_and_workers_are_done(window: Window) -> None:
    page = window.welcome
    came = []
    soon = QTimer(page, interval=150, singleShot=True)
    soon.timeout.connect(
        lambda: page.runner.task(lambda _progress: time.sleep(0.1), lambda _none: came.append(1))
    )
    QTimer(page, interval=20).start()  # one that never ends is not waited for
    soon.start()
    assert _seen(window, "welcome") == "welcome"
    assert came == [1]


def test_the_computers_page_is_judged_when_its_facts_are_shown(window: Window, monkeypatch) -> None:
    found = (SimpleNamespace(device="Card"), (("Memory", "64 GB"),), None)
    monkeypatch.setattr(page_module, "_look", lambda: found)
    assert _seen(window, "computer") == "computer"
    assert window.computer is not None
    assert "64 GB" in [words.text() for words in window.computer.findChildren(QLabel)]


def test_a_computer_that_cannot_be_looked_at_fails(window: Window, monkeypatch) -> None:
    def broken() -> None:
        raise FoveaError("FV-X000", "It cannot be looked at.")

    monkeypatch.setattr(page_module, "_look", broken)
    monkeypatch.setattr(self_test, "_PATIENCE", 1.0)
    with pytest.raises(Failed, match="The page computer had not filled itself"):
        _seen(window, "computer")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_it_passes_writes_nothing_outside_starts_nothing_and_python_opens_no_socket(
    tmp_path: Path,
) -> None:
    """Ten steps, a search and every page, with shared semaphores forbidden."""
    home = tmp_path / "home"
    command = [sys.executable, "-m", "tests.support.confined", str(home / "report.json"), str(home)]
    done = subprocess.run(
        [*command, "gui.app", "--self-test"],
        cwd=ROOT,
        env=own_home(home),
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every page: 8 pages" in done.stdout
    assert "Everything is there and works" in done.stdout
    report = json.loads((home / "report.json").read_text("utf-8"))
    assert report == {"written": [], "processes": [], "sockets": []}
    assert list((home / "tmp").iterdir()) == []
