"""The set-up: pins that only name packages, files an old Python reads, an honest stamp."""

from __future__ import annotations

import ast
import importlib
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGING = ROOT / "packaging"
PIN = re.compile(r'[a-z0-9-]+==[\w.]+( ; sys_platform == "linux")?')


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """packaging/environment.py, its ``.venv`` complete but for the stamp."""
    monkeypatch.syspath_prepend(str(PACKAGING))
    for name in ("environment", "qt_libraries"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    module = importlib.import_module("environment")
    for name, file in (("PYTHON", "python"), ("STAMP", "stamp"), ("UNFINISHED", "unfinished")):
        monkeypatch.setattr(module, name, tmp_path / file)
    module.PYTHON.touch()
    return module


def pins(name: str) -> list[str]:
    lines = (PACKAGING / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-r "))]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-test.txt"])
def test_pins_hold_names_and_versions_only(name: str) -> None:
    assert [line for line in pins(name) if not PIN.fullmatch(line)] == []


def test_everything_declared_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    names = {re.split(r"[<>=]", line)[0].lower() for line in declared}
    pinned = {
        line.split("==")[0]
        for name in ("requirements.txt", "requirements-test.txt")
        for line in pins(name)
    }
    assert names - pinned == set()


@pytest.mark.parametrize(
    "path", sorted(PACKAGING.rglob("*.py")), ids=lambda p: p.relative_to(PACKAGING).as_posix()
)
def test_an_old_python_can_read_the_set_up(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))
    future = [n for n in tree.body if isinstance(n, ast.ImportFrom) and n.module == "__future__"]
    assert future or len(tree.body) == 1, "annotations must not be evaluated there"


def test_the_stamp_holds_for_its_pins_only(environment: ModuleType) -> None:
    runtime, both = [environment.PINS], [environment.PINS, environment.TEST_PINS]
    assert not environment._stamped(runtime)
    environment._write_stamp(runtime)
    assert environment._stamped(runtime)
    assert not environment._stamped(both)
    environment._write_stamp(both)
    assert environment._stamped(runtime)
    assert environment._stamped(both)


@pytest.mark.parametrize("damage", ["interrupted", "no python", "garbage", "moved"])
def test_a_damaged_environment_is_not_taken_for_whole(environment: ModuleType, damage: str) -> None:
    pins = [environment.PINS]
    environment._write_stamp(pins)
    if damage == "interrupted":
        environment.UNFINISHED.touch()
    elif damage == "no python":
        environment.PYTHON.unlink()
    elif damage == "garbage":
        environment.STAMP.write_bytes(b"\x00[")
    else:
        environment.ROOT = ROOT / "elsewhere"
    assert not environment._stamped(pins)


def test_debian_never_replaces_the_c_runtime(environment: ModuleType) -> None:
    debian = importlib.import_module("linux.debian")
    unwanted = ["libc6", "libgcc-s1", "libstdc++6", "gcc-12-base", "libllvm15", "libgl1-mesa-dri"]
    assert all(debian.UNWANTED.match(name) for name in unwanted)
    assert not debian.UNWANTED.match("libxcb-cursor0")
