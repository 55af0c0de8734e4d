"""Wheels of the pinned versions: had from pip once, unpacked by pip into a folder."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Iterable, NamedTuple

from common.commands import BuildError, run
from common.recipe import PYTHON
from environment import ROOT
from linux import debian


class Pin(NamedTuple):
    """A distribution and its version."""

    name: str
    version: str


def pins(requirements: Path, system: str) -> list[Pin]:
    """The pins of a file for ``system``, as ``sys.platform`` spells it."""
    found = []
    for line in requirements.read_text(encoding="utf-8").splitlines():
        wanted, _, marker = line.partition(";")
        name, equals, version = wanted.strip().partition("==")
        only = re.search(r'sys_platform == "(\w+)"', marker)
        if equals and (only is None or only[1] == system):
            found.append(Pin(name, version))
    return found


def missing(wanted: Iterable[Pin], folder: Path, platforms: list[str]) -> list[Pin]:
    """The pins without a wheel for one of ``platforms`` in ``folder``.

    A wheel with a local version (``torch-2.15.0+cu130``) counts as one of its version, as for pip.
    """
    have = {_named(path) for path in folder.glob("*.whl") if _fits(path, platforms)}
    return [pin for pin in wanted if (_normal(pin.name), pin.version) not in have]


def fetch(wanted: list[Pin], folder: Path, platforms: list[str]) -> None:
    """Let ``folder`` hold a wheel of each pin. Raises BuildError."""
    folder.mkdir(parents=True, exist_ok=True)
    absent = missing(wanted, folder, platforms)
    if absent:
        print(f"Fetching {len(absent)} wheels", flush=True)
        names = [f"{pin.name}=={pin.version}" for pin in absent]
        run([*pip(), "download", "-d", str(folder), *_choice(platforms), *names])
    absent = missing(wanted, folder, platforms)
    if absent:
        raise BuildError("no wheel of " + ", ".join(pin.name for pin in absent))


def install(wanted: list[Pin], folder: Path, target: Path, platforms: list[str]) -> None:
    """Unpack the wheels of the pins into ``target``, without bytecode. Raises BuildError."""
    names = [f"{pin.name}=={pin.version}" for pin in wanted]
    source = ["--no-index", "--find-links", str(folder), "--no-compile", "--target", str(target)]
    run([*pip(), "install", *source, *_choice(platforms), *names], env={"PIP_FIND_LINKS": ""})


def pip() -> list[str]:
    """A command that starts pip: the running Python's, else that of Debian's package of pip."""
    own = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    try:
        run([*own, "--version"])
    except BuildError:
        return [sys.executable, str(_pip_of_debian() / "pip"), *own[3:]]
    return own


def _pip_of_debian() -> Path:
    """Debian's wheel of pip, which Python runs as it is. Raises BuildError."""
    folder = ROOT / "build" / "work" / "pip"
    try:
        debian.unpack(["python3-pip-whl"], folder, folder / "apt")
    except debian.FetchError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise BuildError(f"this Python has no pip, and Debian's cannot be had: {error}") from error
    return next(folder.glob("usr/share/python-wheels/pip-*.whl"))


def _choice(platforms: list[str]) -> list[str]:
    """pip's options for wheels of Fovea's Python and ``platforms``, whatever Python runs pip."""
    options = ["--no-deps", "--only-binary=:all:", "--implementation", "cp"]
    options += ["--python-version", PYTHON]
    for platform in platforms:
        options += ["--platform", platform]
    return options


def _named(wheel: Path) -> tuple[str, str]:
    """The distribution and the public version that a wheel's file name tells."""
    name, _, rest = wheel.name.lower().partition("-")
    return name, rest.split("-")[0].split("+")[0]


def _fits(wheel: Path, platforms: list[str]) -> bool:
    """Whether a wheel, by its tags, is for Fovea's Python and one of ``platforms``."""
    _, python, abi, platform = wheel.stem.rsplit("-", 3)
    own = "cp" + PYTHON.replace(".", "")
    made_for = platform.split(".")
    return (own in python.split(".") or abi in ("abi3", "none")) and any(
        tag == "any" or tag in platforms for tag in made_for
    )


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "_", name).lower()
