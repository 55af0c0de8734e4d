"""A tiny project for the tools, and a look at everything on disc before and after."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.project.document import Project
from engine.train.prepare import prepare
from tests.engine.train.tiny_project import make_project

Contents = Callable[[], dict[Path, bytes]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the tiny project."""
    return tmp_path / "tiny"


@pytest.fixture
def project(folder: Path) -> Project:
    """The tiny project, its images decoded."""
    made = make_project(folder)
    prepare(made, folder, device="cpu", known={})
    return made


@pytest.fixture
def contents(tmp_path: Path) -> Contents:
    """``contents()``: every file and folder of the test, with what the files hold."""

    def read() -> dict[Path, bytes]:
        paths = sorted(tmp_path.rglob("*"))
        return {path: path.read_bytes() if path.is_file() else b"" for path in paths}

    return read
