"""Models to start from: one file each, whose ``TEMPLATE`` is found here."""

from __future__ import annotations

import importlib
import pkgutil

from engine.templates.base import GROUPS, Group, Template

__all__ = ["DEFAULT", "GROUPS", "TEMPLATES", "Group", "Template", "default_template", "grouped"]

DEFAULT = "small_resnet"
_MANY, _FOR_MANY = 10_000, "broad_resnet"
_HELPERS = frozenset({"base", "inverted", "resnets", "shrinking", "sizing", "three_blocks"})


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


def default_template(training_images: int) -> str:
    """The name of the template that a new project starts from.

    Measured far below and far above the border, which is a round number between, on a Xeon with
    AMX, bf16, one thread. BreastMNIST, 546 images, its own split, 10 seeds of the default recipe:
    test accuracy 0.873 (``small_resnet``) and 0.853 (``broad_resnet``), area under ROC 0.910 and
    0.897; on the validation images 0.917 and 0.922, and 0.946 and 0.916. Fashion-MNIST, 51,000
    images, seed 0: 92.9 % of the test images after 16 epochs of ``small_resnet``, 93.3 % after 14
    of ``broad_resnet``.
    """
    return _FOR_MANY if training_images >= _MANY else DEFAULT


def grouped() -> dict[Group, tuple[Template, ...]]:
    """The templates of each group, in the order to show."""
    return {g: tuple(t for t in TEMPLATES.values() if t.group == g) for g in GROUPS}


TEMPLATES: dict[str, Template] = _found()
"""All templates by name, the default first."""
