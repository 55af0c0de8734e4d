"""Models to start from: one file each, whose ``TEMPLATE`` is found here."""

from __future__ import annotations

import importlib
import pkgutil

from engine.templates.base import GROUPS, Group, Template

__all__ = ["DEFAULT", "GROUPS", "TEMPLATES", "Group", "Template", "grouped"]

DEFAULT = "small_resnet"
_HELPERS = frozenset({"base", "inverted", "resnets", "shrinking", "sizing"})


def _found() -> dict[str, Template]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [
        importlib.import_module(f"{__name__}.{name}") for name in names if name not in _HELPERS
    ]
    templates: list[Template] = [module.TEMPLATE for module in modules]
    return {t.name: t for t in sorted(templates, key=_place)}


def _place(template: Template) -> tuple[bool, int, str]:
    """The default first, then group by group, resnet18 before resnet34."""
    return template.name != DEFAULT, GROUPS.index(template.group), template.name


def grouped() -> dict[Group, tuple[Template, ...]]:
    """The templates of each group, in the order to show."""
    return {g: tuple(t for t in TEMPLATES.values() if t.group == g) for g in GROUPS}


TEMPLATES: dict[str, Template] = _found()
"""All templates by name, the default first."""
