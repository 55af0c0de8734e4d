"""What belongs to the program: every module and every kind, as the source tree has them.

A kind joins by being there, so a package that lost a module would only have fewer. The build of a
package therefore writes an inventory of the tree that it was made from (:func:`write`), which lies
beside this file in the package. In the source tree there is none, and none is needed.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args, get_type_hints

from engine.errors import FoveaError
from engine.files import strict_json
from engine.files.atomic import write_json
from engine.selftest.source import source_kinds

__all__ = ["FILE", "Kinds", "expected", "live_kinds", "lost_files", "lost_kinds", "write"]

Kinds = Mapping[str, tuple[str, ...]]
"""The names of the kinds of each family, sorted."""

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(__file__).with_name("inventory.json")
_ROOMS = ("engine", "gui")
_RESOURCES = tuple(f"resources/{name}" for name in ("fonts", "help", "icons", "program"))
_LIMIT = 4_000_000


def write(path: Path, root: Path = ROOT) -> None:
    """Puts the inventory of the source tree at ``root`` into a file; raises FoveaError FV-O001.

    A package holds it as ``engine/selftest/inventory.json``.
    """
    kinds = {family: list(names) for family, names in source_kinds(root).items()}
    write_json(path, {"files": list(_files(root)), "kinds": kinds})


def expected(file: Path | None = None) -> Kinds:
    """The kinds that there should be: by the inventory, or by the source itself without one.

    Raises FoveaError FV-P001 or FV-O021 for a damaged inventory.
    """
    known = _read(file or FILE)
    if known is None:
        return source_kinds(ROOT)
    return {family: tuple(names) for family, names in known["kinds"].items()}


def live_kinds() -> Kinds:
    """The kinds that the program has, each family asked; imports the families."""
    from engine.data.reading import EXTENSIONS
    from engine.layers.base import LAYERS
    from engine.losses.base import LOSSES
    from engine.onnx_import.handlers import known
    from engine.optimizers.base import OPTIMIZERS
    from engine.schedules.base import SCHEDULES
    from engine.templates import TEMPLATES
    from engine.transforms.base import TRANSFORMS
    from engine.tune.plan import StudyPlan

    hints = get_type_hints(StudyPlan)
    blocks = [cls.kind for cls in LAYERS if cls.__module__.startswith("engine.blocks")]
    found = {
        "layers": [kind for kind in LAYERS.kinds() if kind not in blocks],
        "blocks": blocks,
        "transforms": TRANSFORMS.kinds(),
        "optimizers": OPTIMIZERS.kinds(),
        "schedules": SCHEDULES.kinds(),
        "losses": LOSSES.kinds(),
        "templates": TEMPLATES,
        "search methods": get_args(hints["sampler"]),
        "pruners": get_args(hints["pruner"]),
        "ONNX operators": known(),
        "image formats": EXTENSIONS,
    }
    return {family: tuple(sorted(names)) for family, names in found.items()}


def lost_kinds(there: Kinds, file: Path | None = None) -> list[str]:
    """What should be there and is not, as ``"transforms: cutout, mosaic"``; empty when whole."""
    lost = []
    for family, names in expected(file).items():
        if missing := [name for name in names if name not in there.get(family, ())]:
            lost.append(f"{family}: {', '.join(missing)}")
    return lost


def lost_files(room: str, file: Path | None = None) -> list[str]:
    """Files of ``"engine"``, ``"gui"`` or ``"resources"`` that the inventory has and the disc not.

    A module counts as there when Python finds it, in whatever form. Empty without an inventory.
    """
    known = _read(file or FILE)
    names = [] if known is None else [n for n in known["files"] if n.startswith(f"{room}/")]
    return [name for name in names if not _is_there(name)]


def _files(root: Path) -> Iterator[str]:
    for room in (*_ROOMS, *_RESOURCES):
        for path in sorted((root / room).rglob("*")):
            if path.is_file() and path.suffix != ".pyc" and path.name != FILE.name:
                yield path.relative_to(root).as_posix()


def _is_there(name: str) -> bool:
    if (ROOT / name).is_file():
        return True
    module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    try:
        return name.endswith(".py") and importlib.util.find_spec(module) is not None
    except ImportError:
        return False


def _read(file: Path) -> dict[str, dict[str, list[str]]] | None:
    try:
        with open(file, "rb") as opened:
            data = opened.read(_LIMIT)
    except FileNotFoundError:
        return None
    value = strict_json.loads(data, where=str(file))
    if not isinstance(value, dict) or not {"files", "kinds"} <= set(value):
        raise FoveaError(
            "FV-O021",
            "The list of the program's parts is damaged.",
            where=str(file),
            why="It is not an object with “files” and “kinds”.",
            fix="Install Fovea again.",
        )
    return value
