"""The one-way arrow holds, and its guard can fail: each contract is broken once, in a copy."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINT = Path(sys.executable).with_name("lint-imports")


def lint(root: Path) -> tuple[int, str]:
    """The exit status and the words of import-linter in ``root``."""
    done = subprocess.run(
        [LINT, "--no-cache", "--no-logo"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the contracts read."""
    root = tmp_path_factory.mktemp("copy")
    for room in ("engine", "gui"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / room, root / room, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def test_every_contract_is_kept() -> None:
    status, words = lint(ROOT)
    assert status == 0, words


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "wrong", "contract"),
    [
        ("engine/errors.py", "import gui", "The engine knows neither the window nor Qt"),
        ("engine/spec.py", "import PySide6.QtCore", "The engine knows neither the window nor Qt"),
        ("engine/graph/__init__.py", "import engine.cli", "The engine imports downwards only"),
        ("engine/losses/__init__.py", "import engine.layers", "The engine imports downwards only"),
        ("gui/document.py", "import gui.pages", "The window imports downwards only"),
        ("gui/pages/welcome/__init__.py", "import gui.pages.train", "Pages do not know each other"),
        ("engine/registry.py", "import pydantic", "Only engine.spec imports pydantic"),
        ("gui/settings.py", "import threading", "Only gui.runner starts threads in the window"),
    ],
)
def test_a_wrong_import_breaks_its_contract(
    copy: Path, module: str, wrong: str, contract: str
) -> None:
    path = copy / module
    right = path.read_text(encoding="utf-8")
    path.write_text(f"{right}\n{wrong}\n", encoding="utf-8")
    try:
        status, words = lint(copy)
    finally:
        path.write_text(right, encoding="utf-8")
    assert status != 0
    assert f"{contract} BROKEN" in words
