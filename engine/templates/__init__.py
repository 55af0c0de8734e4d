"""Models to start from: one file each, whose ``TEMPLATE`` is found here."""

from __future__ import annotations

import importlib
import pkgutil

from engine.templates.base import Template

__all__ = ["DEFAULT", "TEMPLATES", "Template"]

DEFAULT = "small_resnet"


def _found() -> dict[str, Template]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names if name != "base"]
    templates: list[Template] = [module.TEMPLATE for module in modules]
    return {t.name: t for t in sorted(templates, key=lambda t: t.name != DEFAULT)}


TEMPLATES: dict[str, Template] = _found()
"""All templates by name, the default first."""
