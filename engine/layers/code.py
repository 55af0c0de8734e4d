"""How a layer is written in PyTorch: one description, from which it is built and printed.

Because the module and its text come from the same :class:`Make`, the code that a person reads is
the module that was trained. Nothing here needs torch until a module is built.
"""

from __future__ import annotations

import ast
import importlib
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from torch import nn

__all__ = ["UNCHANGED", "Code", "Make", "Name", "helper_names", "helper_source", "make", "write"]

UNCHANGED: Final = "{0}"
"""The call of a layer that does nothing."""


@dataclass(frozen=True, slots=True)
class Code:
    """One layer in idiomatic PyTorch, after ``import torch`` and ``from torch import nn``.

    Attributes:
        build: the constructor of its module, such as ``nn.Conv2d(64, 128, 3, padding=1)``; empty
            where no module is needed.
        call: the expression that gives the output. ``{module}`` stands for the module, ``{0}``,
            ``{1}`` … for the names of the inputs and ``{all}`` for all of them, comma-separated.
        imports: further import lines.
        helpers: names of classes whose text must come first, see :func:`helper_source`.
        start: statements about ``{module}`` that set starting values which are part of the
            layer's meaning, such as ``nn.init.zeros_({module}.weight)``.
    """

    build: str = ""
    call: str = "{module}({0})"
    imports: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    start: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Name:
    """A name that stands for itself in a constructor, such as the class ``nn.SiLU``."""

    text: str


@dataclass(frozen=True, slots=True)
class Make:
    """A constructor call: of ``nn.Something``, or of a helper class in ``engine.layers.modules``.

    ``options`` hold only what differs from the constructor's default.
    """

    name: str
    args: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """The call as a programmer writes it."""
        parts = [write(value) for value in self.args]
        parts += [f"{name}={write(value)}" for name, value in self.options.items()]
        return f"{self.name}({', '.join(parts)})"

    def module(self) -> nn.Module:
        """The module itself."""
        options = {name: _resolve(value) for name, value in self.options.items()}
        return _class(self.name)(*[_resolve(value) for value in self.args], **options)

    def helpers(self) -> tuple[str, ...]:
        """The helper classes that the text needs, in the order to write them."""
        parts = [*self.args, *self.options.values()]
        inner = [name for part in parts if isinstance(part, Make) for name in part.helpers()]
        own = [] if self.name.startswith("nn.") else [self.name]
        return tuple(dict.fromkeys((*inner, *own)))

    def code(self, call: str = "{module}({0})") -> Code:
        """The code of a layer that is this module, used as in ``call``."""
        return Code(self.text(), call, helpers=self.helpers())


def make(name: str, *args: Any, **options: tuple[Any, Any]) -> Make:
    """The call ``name(*args, …)``; each option is ``(value, default)`` and left out when equal.

    Two equal numbers for height and width are written as one. ::

        make("nn.Conv2d", 8, 16, (3, 3), stride=((2, 2), 1)).text()  # nn.Conv2d(8, 16, 3, stride=2)
    """
    short = {key: (_square(value), default) for key, (value, default) in options.items()}
    given = {key: value for key, (value, default) in short.items() if value != default}
    return Make(name, tuple(_square(value) for value in args), given)


def _square(value: Any) -> Any:
    pair = isinstance(value, tuple) and len(value) == 2 and value[0] == value[1]
    return value[0] if pair else value


def write(value: Any) -> str:
    """A value as Python's formatters write it: double quotes, ``1e-6`` rather than ``1e-06``."""
    if isinstance(value, Make):
        return value.text()
    if isinstance(value, Name):
        return value.text
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        inner = ", ".join(write(part) for part in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, float):
        return re.sub(r"e([+-])0*(\d)", lambda m: f"e{m[1].strip('+')}{m[2]}", repr(value))
    return repr(value)


def _resolve(value: Any) -> Any:
    if isinstance(value, Make):
        return value.module()
    return _class(value.text) if isinstance(value, Name) else value


def _class(name: str) -> Any:
    if name.startswith("nn."):
        return getattr(importlib.import_module("torch.nn"), name.removeprefix("nn."))
    return getattr(importlib.import_module(f"engine.layers.modules.{_helpers()[name][0]}"), name)


@cache
def _helpers() -> dict[str, tuple[str, str]]:
    """The module and the text of every class in ``engine.layers.modules``, read, not imported."""
    found = {}
    for path in sorted((Path(__file__).parent / "modules").glob("*.py")):
        source = path.read_text(encoding="utf-8")
        for node in ast.parse(source).body:
            if isinstance(node, ast.ClassDef):
                found[node.name] = (path.stem, ast.get_source_segment(source, node) or "")
    return found


def helper_names() -> tuple[str, ...]:
    """The names of all helper classes, sorted."""
    return tuple(sorted(_helpers()))


def helper_source(name: str) -> str:
    """The text of a helper class, which needs only ``import torch`` and ``from torch import nn``.

    It is the text of the class that layers build, so the two cannot differ. Raises KeyError for an
    unknown name.
    """
    return _helpers()[name][1] + "\n"
