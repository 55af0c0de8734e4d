"""The rules of conftest.py can fail: each is broken once, by a test run in a Python of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

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


def run_test(folder: Path, body: str) -> subprocess.CompletedProcess[str]:
    """pytest's verdict on one test with ``body``, under the rules of this suite."""
    path = folder / "test_planted.py"
    path.write_text(f"def test_planted(request):\n    {body.strip()}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", "--rootdir", ROOT]
    return subprocess.run(
        [*command, "-q", "-p", "tests.conftest", "-p", "no:cacheprovider", path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


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
