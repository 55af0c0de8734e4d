"""The window is used while a worker imports torch, however long that takes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gui.sample_project import create_sample

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import faulthandler, os, sys, threading, time
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path

held = threading.Event()

class NeverReadyTorch(MetaPathFinder, Loader):
    def find_spec(self, name, path=None, target=None):
        return ModuleSpec(name, self) if name == "torch" else None

    def exec_module(self, module):
        held.set()
        threading.Event().wait()

sys.meta_path.insert(0, NeverReadyTorch())
from gui.app import start
from gui.pages import PAGES
from gui.settings import Settings

def look(seconds=0.1, until=None):
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and not (until and until()):
        app.qt.processEvents()
        time.sleep(0.005)
    return until is None or until()

folder, project, patience, first = Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]
app = start(Settings(folder / "settings.ini"))
window = app.window
window.show()
app.session.runner.warm_up()
assert look(60, held.is_set)
faulthandler.dump_traceback_later(float(patience), exit=True)
exec(first)
for page in ("computer", "welcome"):
    window.go(page)
    look()
window.files.open_path(project)
assert app.session.document.project is not None
look()
for page, *_ in PAGES:
    window.go(page)
    look(0.3)
    assert window.current == page
assert look(60, lambda: not window._making.isActive())
for action in window.menuBar().actions():
    action.menu().popup(window.pos())
    look()
    action.menu().close()
window.show_about()
look()
window.close_project()
look()
assert window.current == "welcome"
print("used", flush=True)
os._exit(0)
"""


def use_window(tmp_path: Path, patience: int, first: str) -> subprocess.CompletedProcess[str]:
    """What a real window says that is used while a worker is amid ``import torch``."""
    project = create_sample(tmp_path / "projects")
    words = [str(tmp_path), str(project), str(patience), first]
    command = [sys.executable, "-c", PROGRAM, *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200)


@pytest.mark.slow
def test_no_page_and_no_menu_waits_for_torch(tmp_path: Path) -> None:
    ended = use_window(tmp_path, 120, "")
    assert ended.stdout == "used\n", ended.stderr
    assert ended.returncode == 0


@pytest.mark.slow
def test_a_window_that_waits_for_torch_is_found_out(tmp_path: Path) -> None:
    ended = use_window(tmp_path, 3, "import torch")
    assert ended.returncode != 0
    assert "Timeout" in ended.stderr
    assert ended.stdout == ""
