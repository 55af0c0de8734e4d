"""``fovea --self-test`` from the source, confined: it passes, and leaves the system alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gui.app import _parse
from gui.self_test import _parts

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


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_it_passes_writes_nothing_outside_starts_nothing_and_opens_no_socket(
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
