"""A process killed in the middle of a save leaves the old file or the new one."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.project.store import BACKUP_FILE, PROJECT_FILE, create, load, sweep
from tests.engine.project.examples import example_project

_SAVER = """
import sys
from pathlib import Path
from engine.project.store import load, save
folder = Path(sys.argv[1])
loaded = load(folder)
project, digest = loaded.project, loaded.digest
print("ready", flush=True)
for number in range(10**9):
    project = project.with_(name=f"{number:09d}" + "x" * 50)
    digest = save(folder, project, expect_digest=digest)
"""


@pytest.mark.slow
def test_killed_saves_leave_whole_files(tmp_path: Path) -> None:
    digest = create(tmp_path, example_project())
    chance = random.Random(7)
    seen = {digest}
    for _ in range(20):
        command = [sys.executable, "-c", _SAVER, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as saver:
            assert saver.stdout is not None
            assert saver.stdout.readline() == b"ready\n"
            time.sleep(chance.uniform(0.0, 0.2))
            saver.kill()
        loaded = load(tmp_path)
        assert not loaded.read_only
        seen.add(loaded.digest)
        if (tmp_path / BACKUP_FILE).exists():
            load(tmp_path, generation="backup")
        sweep(tmp_path)
        assert {path.name for path in tmp_path.iterdir()} <= {PROJECT_FILE, BACKUP_FILE}
    assert len(seen) > 5, "the saver was killed before it saved anything"
