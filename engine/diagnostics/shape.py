"""The shape of a project: how many of what kind, and none of its names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from engine.data.manifest import load_manifest
from engine.errors import FoveaError
from engine.project.document import Project

__all__ = ["project_names", "project_shape"]

_LONGEST = 40
Allows = Callable[[str], bool]


def project_shape(project: Project, folder: Path, allows: Allows) -> dict[str, Any]:
    """Counts and kinds of a project and of what lies in its folder, as plain values.

    ``allows`` says which words are the program's own; other keys and texts are left out.
    """
    return {
        "images": _images(project, folder),
        "augmentation": [_known(card.transform, allows) for card in project.augment.cards],
        "model": dict(Counter(_known(node.layer, allows) for node in project.model.nodes)),
        "wires": len(project.model.wires),
        "training": _plain(project.training.to_json(), allows),
        "searched": len(project.search.entries),
        "problems": dict(Counter(problem.code for problem in project.check())),
        "runs": dict(_statuses(folder)),
        "studies": _count(folder / "studies"),
    }


def project_names(project: Project, folder: Path) -> Iterator[str]:
    """Every name that a project knows: its own, its classes', nodes', files' and groups'."""
    yield from (project.name, folder.name, project.data.source, *project.data.classes)
    yield from (
        node.id for node in project.model.nodes if not node.id.startswith(_kind(node.layer))
    )
    try:
        items = load_manifest(folder, project.data.manifest).items
    except FoveaError:
        return
    for item in items:
        yield from (item.path, item.group)


def _images(project: Project, folder: Path) -> dict[str, Any]:
    data = project.data
    known: dict[str, Any] = {
        "layout": data.layout,
        "classes": len(data.classes),
        "side": data.size,
        "channels": data.channel_count,
        "targets": data.targets,
    }
    try:
        manifest = load_manifest(folder, data.manifest)
    except FoveaError as error:
        return known | {"list": error.code}
    items = manifest.items
    sizes = Counter(item.label for item in items)
    return known | {
        "count": len(items),
        "of each class": sorted(sizes.values(), reverse=True),
        "stored as": dict(Counter(item.mode for item in items)),
        "smallest side": min((min(item.width, item.height) for item in items), default=0),
        "largest side": max((max(item.width, item.height) for item in items), default=0),
        "given splits": dict(Counter(item.split for item in items if item.split)),
        "groups": len({item.group for item in items if item.group}),
        "findings": dict(Counter(finding.kind for finding in manifest.findings)),
    }


def _kind(part: Any) -> str:
    return str(getattr(part, "kind", "unknown"))


def _known(part: Any, allows: Allows) -> str:
    return _kind(part) if allows(_kind(part)) else "own"


def _plain(value: Any, allows: Allows) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part, allows) for key, part in value.items() if allows(str(key))}
    if isinstance(value, (list, tuple)):
        return [_plain(part, allows) for part in value]
    if isinstance(value, str):
        return value if len(value) <= _LONGEST and allows(value) else "…"
    return value


def _statuses(folder: Path) -> Counter[str]:
    from engine.runs.listing import list_runs

    return Counter(run.status for run in list_runs(folder))


def _count(folder: Path) -> int:
    return sum(1 for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else 0
