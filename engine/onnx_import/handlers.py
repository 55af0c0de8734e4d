"""Which function draws which operator; a file in ``operators`` adds its own with ``maps``."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.onnx_import import operators
from engine.onnx_import.records import Op
from engine.onnx_import.values import Value

if TYPE_CHECKING:
    from engine.onnx_import.trace import Trace

__all__ = ["handler", "known", "maps"]

Handler = Callable[["Trace", Op], Value | list[Value]]

_HANDLERS: dict[str, Handler] = {}
_loaded: list[str] = []


def maps(*kinds: str) -> Callable[[Handler], Handler]:
    """Decorator: the function draws operators of these kinds.

    It returns the operator's outputs, and raises Unmapped with a sentence where no layer fits.
    """

    def keep(function: Handler) -> Handler:
        _HANDLERS.update(dict.fromkeys(kinds, function))
        return function

    return keep


def handler(kind: str) -> Handler | None:
    """The function for an operator, None where there is none."""
    return _all().get(kind)


def known() -> tuple[str, ...]:
    """All operators that become layers, sorted."""
    return tuple(sorted(_all()))


def _all() -> dict[str, Handler]:
    if not _loaded:
        for module in pkgutil.iter_modules(operators.__path__):
            importlib.import_module(f"{operators.__name__}.{module.name}")
            _loaded.append(module.name)
    return _HANDLERS
