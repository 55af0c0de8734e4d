"""Versions of the project file, and how an older one becomes the current one.

A version is ``major.minor``. A new minor version only adds what an older program can ignore; a new
major version changes what is there. To change the format: raise :data:`FORMAT`'s version, append a
:class:`Migration` whose ``change`` is a pure function over plain JSON values, and keep the golden
file of the old version in ``tests/golden``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from engine.errors import FoveaError

__all__ = ["FORMAT", "Format", "Migration", "Version"]


class Version(NamedTuple):
    """A version of the project file; compares by major, then minor."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"

    @classmethod
    def parse(cls, value: object, where: str) -> Version:
        """The version that a file's ``fovea`` key holds; raises FoveaError FV-P010."""
        match = re.fullmatch(r"(\d{1,4})\.(\d{1,4})", value) if isinstance(value, str) else None
        if match is None:
            raise FoveaError(
                "FV-P010",
                "The file does not say which version of the project format it has.",
                where=f"{where}#/fovea",
                why="Expected a text such as “1.0”.",
                kept="The file is unchanged.",
                fix="Check that this is a project file of Fovea, or use an earlier copy of it.",
            )
        return cls(int(match[1]), int(match[2]))


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: ``change`` turns the project of version ``before`` into that of ``after``."""

    before: Version
    after: Version
    change: Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Format:
    """The version that is written, and the steps that lead to it from every older one."""

    version: Version
    migrations: tuple[Migration, ...] = ()

    def migrate(self, project: dict[str, Any], version: Version, where: str) -> dict[str, Any]:
        """``project`` as the current version has it; the argument is not changed.

        Raises FoveaError FV-P013 when no step leads from ``version`` to the current one.
        """
        steps = {step.before: step for step in self.migrations}
        while version < self.version:
            if version not in steps:
                raise FoveaError(
                    "FV-P013",
                    f"Project format {version} can no longer be read.",
                    where=where,
                    why=f"This version of Fovea writes format {self.version} and knows no way "
                    f"from {version}.",
                    kept="The file is unchanged.",
                    fix="Open and save the project with an earlier version of Fovea first.",
                )
            project, version = steps[version].change(project), steps[version].after
        return project


FORMAT = Format(
    Version(1, 4),
    (
        Migration(Version(1, 0), Version(1, 1), dict),
        Migration(Version(1, 1), Version(1, 2), dict),
        Migration(Version(1, 2), Version(1, 3), dict),
        Migration(Version(1, 3), Version(1, 4), dict),
    ),
)
"""1.0: the first. 1.1 adds to it groups of augmentation cards (``augment.groups`` and a card's
``group``) and the answers about the classes (``answers``), each written where there are any; so a
project of 1.0 is one of 1.1 as it is. 1.2 adds blocks with a graph of their own (the layers
``custom``, ``entry`` and ``result``), the residual block's ``bias``, which is off, a node's
``lr_factor`` where it is not 1, and the starting weights (``start``) where some were loaded. 1.3
adds settings of the recipe (sampling, averaging, regularisation, stages, guards and more), whose
defaults train as before, kinds of optimizer, schedule and loss, and what an image's classes are to
each other (``data.targets``), which is single. 1.4 adds what a search may vary (``search``), where
there is something."""
