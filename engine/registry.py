"""Closed tables of the kinds that a project file may name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from engine.errors import FoveaError, suggest
from engine.spec import Spec

__all__ = ["Registry"]

T = TypeVar("T", bound=Spec)
Member = TypeVar("Member", bound=Spec)


class Registry(Generic[T]):
    """The kinds of one family, each a ``Spec`` class with a ``kind`` name.

    A kind joins by being defined in a module of the family's packages, or of a package in them,
    under the family's ``@FAMILY.register``; the modules are imported at the first look-up. Packages
    named ``modules`` are left alone: there lies code that needs torch, and no kind. A file can
    name a kind and nothing else: the table is closed, no name is ever imported or evaluated.

    ``Registry("layer", "engine.layers", "engine.blocks")`` is read as "layers live in these two".
    """

    def __init__(self, family: str, *packages: str) -> None:
        self.family = family
        self._packages = packages
        self._kinds: dict[str, type[T]] = {}
        self._loaded = False

    def register(self, cls: type[Member]) -> type[Member]:
        """Class decorator: adds the class under its ``kind``; a second one of the name is a bug."""
        if cls.kind in self._kinds and self._kinds[cls.kind].__qualname__ != cls.__qualname__:
            raise ValueError(f"two {self.family} classes are named {cls.kind!r}")
        self._kinds[cls.kind] = cls  # type: ignore[assignment]  # Python cannot bound Member by T
        return cls

    def _load(self) -> dict[str, type[T]]:
        if not self._loaded:
            for package in self._packages:
                _import_all(package)
            self._kinds = dict(sorted(self._kinds.items()))
            self._loaded = True
        return self._kinds

    def __iter__(self) -> Iterator[type[T]]:
        return iter(self._load().values())

    def __contains__(self, kind: object) -> bool:
        return kind in self._load()

    def kinds(self) -> tuple[str, ...]:
        """All names, sorted."""
        return tuple(self._load())

    def get(self, kind: str) -> type[T]:
        """The class of a kind; raises FV-P011 with the nearest name when there is none."""
        kinds = self._load()
        if kind not in kinds:
            raise FoveaError(
                "FV-P011",
                f"There is no {self.family} named “{kind!s:.80}”.",
                why="The name is not one of the kinds that this version knows.",
                fix=suggest(str(kind)[:80], kinds),
            )
        return kinds[kind]

    def from_json(self, value: Any, pointer: str = "") -> T:
        """The spec that ``value`` (``{"kind": …, parameters…}``) describes.

        Raises FoveaError that names ``pointer`` (a JSON pointer) when it does not describe one.
        """
        if not isinstance(value, dict) or not isinstance(value.get("kind"), str):
            raise FoveaError(
                "FV-P010",
                f"A {self.family} is expected here.",
                where=pointer,
                why="The value is not an object with a “kind”.",
                fix=f"Write one of: {', '.join(self.kinds()[:12])}.",
            )
        try:
            cls = self.get(value["kind"])
        except FoveaError as error:
            error.where = f"{pointer}/kind"
            raise
        return cls.from_json({k: v for k, v in value.items() if k != "kind"}, pointer)


def _import_all(package: str) -> None:
    module = importlib.import_module(package)
    for found in pkgutil.iter_modules(module.__path__, f"{package}."):
        if found.name == f"{package}.modules":
            continue
        if found.ispkg:
            _import_all(found.name)
        else:
            importlib.import_module(found.name)
