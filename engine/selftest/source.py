"""The kinds that stand in the source files, read without importing any of them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

__all__ = ["source_kinds"]

_FAMILIES = {
    "layers": "engine/layers",
    "blocks": "engine/blocks",
    "transforms": "engine/transforms",
    "optimizers": "engine/optimizers",
    "schedules": "engine/schedules",
    "losses": "engine/losses",
}
Reader = Callable[[ast.Module], Iterator[str]]


def source_kinds(root: Path) -> dict[str, tuple[str, ...]]:
    """The names of all kinds in the source tree at ``root``, by family, sorted."""
    found = {family: _in(root / place, _registered) for family, place in _FAMILIES.items()}
    plan = _tree(root / "engine/tune/plan.py")
    importers = root / "engine/onnx_import"
    reading = _tree(root / "engine/data/reading.py")
    return found | {
        "templates": _in(root / "engine/templates", _template),
        "search methods": _sorted(_choices(plan, "sampler")),
        "pruners": _sorted(_choices(plan, "pruner")),
        "ONNX operators": _in(
            importers / "operators", lambda tree: _operators(tree, _in_tables(importers))
        ),
        "image formats": _sorted(_keys(reading, "EXTENSIONS")),
    }


def _in(folder: Path, reader: Reader) -> tuple[str, ...]:
    return _sorted(name for path in folder.rglob("*.py") for name in reader(_tree(path)))


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _sorted(names: Iterator[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))


def _registered(tree: ast.Module) -> Iterator[str]:
    """The ``kind`` of each class under ``@FAMILY.register``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(
            isinstance(mark, ast.Attribute) and mark.attr == "register"
            for mark in node.decorator_list
        ):
            yield from (str(value) for value in _constants(node.body, "kind"))


def _constants(body: list[ast.stmt], name: str) -> Iterator[object]:
    """What is assigned to ``name``, where it is a constant."""
    for line in body:
        targets = line.targets if isinstance(line, ast.Assign) else []
        targets = [line.target] if isinstance(line, ast.AnnAssign) else targets
        value = getattr(line, "value", None)
        if any(isinstance(one, ast.Name) and one.id == name for one in targets):
            yield value.value if isinstance(value, ast.Constant) else value


def _template(tree: ast.Module) -> Iterator[str]:
    """The ``name`` of the module's ``TEMPLATE``."""
    for made in _constants(tree.body, "TEMPLATE"):
        if isinstance(made, ast.Call):
            named = [word.value for word in made.keywords if word.arg == "name"]
            yield from _texts([*named, *made.args[:1]])


def _choices(tree: ast.Module, field: str) -> Iterator[str]:
    """The words that a field of the plan can have: ``field: Literal[…]``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == field:
            yield from _texts(ast.walk(node.annotation))


def _operators(tree: ast.Module, tables: dict[str, list[str]]) -> Iterator[str]:
    """What ``@maps("Conv", *TABLE)`` names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "maps":
            yield from _texts(node.args)
            for one in node.args:
                if isinstance(one, ast.Starred):
                    yield from tables[ast.unparse(one.value)]


def _in_tables(folder: Path) -> dict[str, list[str]]:
    """The keys of every table at the top of a module, those set one by one too."""
    found: dict[str, list[str]] = {}
    for line in (line for path in folder.rglob("*.py") for line in _tree(path).body):
        target = line.targets[0] if isinstance(line, ast.Assign) else getattr(line, "target", None)
        value = getattr(line, "value", None)
        if isinstance(target, ast.Subscript):
            found.setdefault(ast.unparse(target.value), []).extend(_texts([target.slice]))
        elif isinstance(target, ast.Name) and isinstance(value, ast.Dict):
            found.setdefault(target.id, []).extend(_texts(key for key in value.keys if key))
    return found


def _keys(tree: ast.Module, name: str) -> Iterator[str]:
    for table in _constants(tree.body, name):
        if isinstance(table, ast.Dict):
            yield from _texts(key for key in table.keys if key is not None)


def _texts(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
