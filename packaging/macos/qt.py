"""What is kept of PySide6 on macOS, whose Qt is in frameworks without their links."""

from __future__ import annotations

from pathlib import Path
from typing import Iterable

from common import qt
from macos import macho
from macos.recipe import QT_PLUGINS


def kept(package: Path) -> set[Path]:
    """The modules and plugins of the recipe in the folder PySide6, and what these need."""
    own = (p for p in package.glob("lib*.dylib") if "qml" not in p.name)
    plugins = (package / "Qt/plugins", "*.dylib", QT_PLUGINS)
    keep = qt.kept(package, ".abi3.so", plugins, own, (package / "Qt/lib", _needed))
    # By its Info.plist a framework is known as one, and Qt finds its own folder by that.
    frameworks = {framework for p in keep for framework in p.parents if _is_framework(framework)}
    return keep | {p for f in frameworks for p in f.rglob("Resources/*") if p.is_file()}


def _is_framework(folder: Path) -> bool:
    return folder.suffix == ".framework"


def _needed(library: Path) -> Iterable[str]:
    """The libraries in ``Qt/lib`` that a library asks for, as paths in it."""
    names = {needed.name for part in macho.read(library) for needed in part.needed}
    return [name[len("@rpath/") :] for name in names if name.startswith("@rpath/")]
