"""The rules of conftest.py can fail: each is broken once, by a test run in a Python of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import weakref
from pathlib import Path

import pytest

from tests.support.garbage import collect_due

ROOT = Path(__file__).resolve().parent.parent

OFFENDERS = {
    "warning": "import warnings; warnings.warn('careful')",
    "error_log": "import logging; logging.getLogger('room').error('broken')",
    "thread": """
    import threading, time
    threading.Thread(target=time.sleep, args=[9], daemon=True).start()
    """,
    "network": """
    import socket
    try: socket.create_connection(("203.0.113.1", 9), timeout=1)
    except Exception: pass
    """,
    "qt_warning": "from PySide6.QtCore import qWarning; qWarning('odd')",
    "window": """
    global kept
    from PySide6.QtWidgets import QWidget
    request.getfixturevalue("qapp")
    kept = QWidget(); kept.show()
    """,
    "timer": """
    global kept
    from PySide6.QtCore import QTimer
    kept = QTimer(request.getfixturevalue("qapp")); kept.start(1000)
    """,
}
INNOCENTS = {
    "nothing": "pass",
    "expected": "request.getfixturevalue('expected_noise'); import logging; logging.error('known')",
}
BY_QT = {"qt_warning", "window", "timer"}
FILLED = """
import gc, threading, pytest

def collectors():
    found = []
    note = lambda *_: found.append(threading.current_thread())
    gc.callbacks.append(note)
    thread = threading.Thread(target=lambda: [[] for _ in range(99_999)])
    thread.start(); thread.join()
    gc.callbacks.remove(note)
    return found

@pytest.fixture(scope="session")
def shared():
    return collectors()

@pytest.mark.parametrize("turn", range(2))
def test_planted(turn, shared):
    assert shared == collectors() == []
    gc.enable()
"""


def run_test(folder: Path, body: str) -> subprocess.CompletedProcess[str]:
    """pytest's verdict on one test with ``body``, under the rules of this suite."""
    return run_file(folder, f"def test_planted(request):\n    {body.strip()}\n")


def run_file(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    """pytest's verdict on a file of tests, under the rules of this suite."""
    path = folder / "test_planted.py"
    path.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", "--rootdir", ROOT]
    return subprocess.run(
        [*command, "-q", "-p", "tests.conftest", "-p", "no:cacheprovider", path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


class Knot:
    """Only the collector can destroy it."""

    def __init__(self) -> None:
        self.knot = self


@pytest.mark.slow
def test_no_thread_of_a_test_collects_garbage(tmp_path: Path) -> None:
    """Not while a fixture that tests share is made, nor after one that switched it on."""
    verdict = run_file(tmp_path, FILLED)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


def test_garbage_goes_between_tests() -> None:
    left = weakref.ref(Knot())
    filling = [[] for _ in range(9_999)]
    assert left() is not None
    collect_due()
    assert left() is None
    del filling


@pytest.mark.slow
@pytest.mark.parametrize("offence", OFFENDERS)
def test_an_offence_fails_its_test(tmp_path: Path, offence: str) -> None:
    if offence in BY_QT:
        pytest.importorskip("PySide6", reason="Qt is not installed")
    verdict = run_test(tmp_path, OFFENDERS[offence])
    assert verdict.returncode == 1, verdict.stdout + verdict.stderr


@pytest.mark.parametrize("body", INNOCENTS)
def test_an_innocent_test_passes(tmp_path: Path, body: str) -> None:
    verdict = run_test(tmp_path, INNOCENTS[body])
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


CONFINED = {
    "semaphore": ("import multiprocessing; multiprocessing.Lock()", None),
    "queue": ("import multiprocessing; multiprocessing.Queue()", None),
    "loader": (
        """
        import numpy, torch
        from torch.utils.data import DataLoader, TensorDataset
        list(DataLoader(TensorDataset(torch.zeros(4)), num_workers=1))
        """,
        None,
    ),
    "fork": ("import os; os.fork() or os._exit(0)", "processes"),
    "spawn": (
        """
        import multiprocessing
        made = multiprocessing.get_context("spawn").Process(target=print)
        made.start(), made.join()
        """,
        "processes",
    ),
    "command": ("import subprocess, sys; subprocess.run([sys.executable, '-V'])", "processes"),
    "file": ("import os; open(os.path.join(os.environ['OUTSIDE'], 'x'), 'w').close()", "written"),
    "socket": ("import socket; socket.socket().close()", "sockets"),
}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="forks, and semaphores that can be forbidden")
@pytest.mark.parametrize("offence", list(CONFINED))
def test_a_confined_program_is_caught(tmp_path: Path, offence: str) -> None:
    """The tests that confine the whole program can fail: on each of these it ends, or is told."""
    body, told = CONFINED[offence]
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "offender.py").write_text(
        'if __name__ == "__main__":\n' + textwrap.indent(textwrap.dedent(body).strip(), "    ")
    )
    command = [sys.executable, "-m", "tests.support.confined", str(home / "report.json"), str(home)]
    paths = {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)]), "OUTSIDE": str(tmp_path)}
    done = subprocess.run(
        [*command, "offender"],
        cwd=ROOT,
        env={**os.environ, **paths, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    if told is None:
        assert "PermissionError" in done.stderr
        assert done.returncode != 0
    else:
        report = json.loads((home / "report.json").read_text("utf-8"))
        assert report[told], done.stderr
