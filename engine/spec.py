"""One declaration per parameter: forms, validation, files, command line and search come from it.

A parameter is one line of a :class:`Spec` class::

    class Rotate(Transform):
        degrees: float = param(15.0, ge=0, le=180, unit="°", search=(5, 45), help="…")

This is the only module that knows pydantic.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Sequence
from copy import copy
from inspect import get_annotations
from typing import Any, ClassVar, Literal, Self, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, InstanceOf, ValidationError, create_model
from pydantic_core import PydanticUndefined

from engine.errors import FoveaError, suggest
from engine.parameter import Param

__all__ = ["Instance", "Param", "Spec", "compose", "param", "read_number"]

_UNSET: Any = PydanticUndefined

Instance = InstanceOf
"""Marks a parameter whose value is an immutable record of our own, with ``to_json`` and
``from_json(value, pointer)``: ``inner: Instance[Graph] = param(…)``."""


def param(
    default: Any,
    *,
    help: str,
    label: str = "",
    unit: str = "",
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
    scale: Literal["linear", "log"] = "linear",
    step: float | None = None,
    search: tuple[Any, ...] | None = None,
    fixed: str = "",
    advanced: bool = False,
    hidden: bool = False,
    family: Any = None,
) -> Any:
    """Declares a parameter on one line of a :class:`Spec` class; see :class:`Param` for the words.

    ``ge``/``gt`` and ``le``/``lt`` bound numbers, also each number of a pair. Choices are written
    in the annotation: ``fill: Literal["constant", "nearest"] = param("constant", help="…")``.
    """
    extra = {
        "bounds": (ge, gt, le, lt),
        "label": label,
        "unit": unit,
        "help": help,
        "scale": scale,
        "step": step,
        "search": search,
        "fixed": fixed,
        "advanced": advanced,
        "hidden": hidden,
        "family": family,
    }
    return Field(default=default, json_schema_extra={"param": extra})


class Spec(BaseModel):
    """An immutable set of parameters, always valid: every value was checked when it was made.

    Two specs with equal values are equal and hash alike. ``with_`` makes a changed copy. Values are
    checked strictly: no text for a number, no true for 1, no NaN; unknown keys are refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    kind: ClassVar[str] = ""
    title: ClassVar[str] = ""
    section: ClassVar[str] = ""
    keeps_values: ClassVar[bool] = True
    """Whether :meth:`taking_over` keeps anything, from this kind and to it."""

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**{name: _listless(value) for name, value in values.items()})
        except ValidationError as error:
            raise _explain(type(self), error, "") from None
        for item in self.params():
            _check_bounds(type(self), item, getattr(self, item.name))
        self.validate_together()

    def validate_together(self) -> None:
        """Hook for rules over several parameters; raises FoveaError (FV-H002). Default: none."""

    @classmethod
    def params(cls) -> tuple[Param, ...]:
        """All parameters in the order of their declaration."""
        cached = cls.__dict__.get("_params_cache")
        if cached is None:
            fields = cls.model_fields.items()
            cached = tuple(_describe(name, info, _section(cls, name)) for name, info in fields)
            cls._params_cache = cached
        return cached

    _params_cache: ClassVar[tuple[Param, ...]]

    @classmethod
    def param(cls, name: str) -> Param:
        """One parameter by name; raises FoveaError FV-H003 with the nearest name."""
        for item in cls.params():
            if item.name == name:
                return item
        raise FoveaError(
            "FV-H003",
            f"“{cls.title or cls.__name__}” has no setting named “{name:.80}”.",
            where=name[:80],
            why="The name is not one of its settings.",
            fix=suggest(name[:80], [item.name for item in cls.params()]),
        )

    def with_(self, **changes: Any) -> Self:
        """A copy with some values changed and everything checked; raises FoveaError FV-H001."""
        for name in changes:
            self.param(name)
        return type(self)(**{**self.values(), **changes})

    @classmethod
    def taking_over(cls, other: Spec | None) -> Self:
        """A spec of this class for somebody who chose it instead of ``other``.

        Equally named values are kept where this class allows them; where either class says that
        its values mean something of their own (``keeps_values``), all start from their defaults.
        """
        made = cls()
        if other is None or not (cls.keeps_values and other.keeps_values):
            return made
        names = {item.name for item in cls.params()}
        for name, value in other.values().items():
            if name in names:
                with contextlib.suppress(FoveaError):
                    made = made.with_(**{name: value})
        return made

    def values(self) -> dict[str, Any]:
        """The values by name; nested specs stay specs."""
        return {name: getattr(self, name) for name in type(self).model_fields}

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, with ``kind`` first where the class is one of a registry."""
        head: dict[str, Any] = {"kind": self.kind} if self.kind else {}
        return head | {name: _plain(value) for name, value in self.values().items()}

    @classmethod
    def from_json(cls, value: Any, pointer: str = "") -> Self:
        """The spec that a JSON object describes; missing keys take their defaults.

        Raises FoveaError FV-P010 (wrong value) or FV-P011 (unknown key), naming ``pointer``.
        """
        if not isinstance(value, dict):
            raise FoveaError(
                "FV-P010",
                f"“{cls.title or cls.__name__}” must be an object.",
                where=pointer,
                why=f"Found {_short(value)}.",
            )
        known = {item.name: item for item in cls.params()}
        for name in value:
            if name not in known:
                raise FoveaError(
                    "FV-P011",
                    f"“{name:.80}” is not a setting of “{cls.title or cls.__name__}”.",
                    where=f"{pointer}/{name:.80}",
                    why="This version does not know the name.",
                    fix=suggest(name[:80], known),
                )
        nested = {k: _nested(known[k], v, f"{pointer}/{k}") for k, v in value.items()}
        try:
            return cls(**nested)
        except FoveaError as error:
            error.where = f"{pointer}/{error.where}" if error.where else pointer
            error.code = "FV-P010" if error.code == "FV-H001" else error.code
            raise

    @classmethod
    def parse(cls, name: str, text: str) -> Any:
        """The value of parameter ``name`` that a person typed, checked later by ``with_``.

        Accepts ``1e-3``, a decimal comma, spaces of any width between groups of three digits,
        ``true/false/on/off/yes/no``, ``none``/empty for an optional parameter, ``a, b`` or
        ``a..b`` for a pair and as many for a list; with decimal commas ``0,5; 0,7``. In whole
        numbers points and commas also part groups: ``1,000`` is a thousand there, and 1 where
        fractions are allowed. ``0x10`` is no number. Raises FoveaError FV-H001.
        """
        item = cls.param(name)
        word = text.strip()
        if item.optional and word.lower() in ("", "none", "auto"):
            return None
        try:
            return _parse(item, word)
        except (ValueError, KeyError, StopIteration):
            raise _refuse(cls, item, text) from None


def compose(title: str, parts: Sequence[tuple[str, type[Spec], str, str, Any]]) -> type[Spec]:
    """A Spec class whose parameters are those of other classes under new names.

    Each part is (new name, class, name there, label, default); bounds, unit, help and search range
    stay those of the declaration, so that a form or file knows the parameter as it is.
    """
    fields: dict[str, Any] = {}
    for name, cls, source, label, default in parts:
        info = copy(cls.model_fields[source])
        known: Any = info.json_schema_extra
        extra = {**known["param"], "label": label, "advanced": False, "hidden": False}
        info.default, info.json_schema_extra = default, {"param": extra}
        fields[name] = (info.annotation, info)
    made = create_model("Settings", __base__=Spec, **fields)
    made.title = title
    return made


def _parse(item: Param, word: str) -> Any:
    if item.type == "bool":
        known = {"true": True, "on": True, "yes": True, "1": True}
        known |= {"false": False, "off": False, "no": False, "0": False}
        return known[word.lower()]
    if item.type == "int":
        number = read_number(_GROUPED.sub(lambda found: re.sub("[.,]", "", found[0]), word))
        return int(number) if number.is_integer() else number
    if item.type == "float":
        return read_number(word)
    if item.type == "choice":
        return next(choice for choice in [*item.choices, None] if str(choice) == word)
    if item.type in ("pair", "numbers"):
        return tuple(read_number(part) for part in _several(word))
    if item.type == "texts":
        return tuple(part.strip() for part in word.split(",") if part.strip())
    return word


_SPACES = re.compile(r"(?<=\d)[ \u00a0\u2007\u2009\u202f](?=\d{3}(?!\d))")
_GROUPED = re.compile(r"^[-+]?\d{1,3}(?:,\d{3})+$|^[-+]?\d{1,3}(?:\.\d{3})+$")


def read_number(word: str) -> float:
    """The number that a person typed; see ``Spec.parse``. Raises ValueError when it is none."""
    plain = _SPACES.sub("", word.strip()).replace("\u2212", "-")  # a typographic minus
    return float(plain.replace(",", ".") if plain.count(",") == 1 and "." not in plain else plain)


def _several(word: str) -> list[str]:
    """Numbers apart: at ``..`` or ``;``, else at spaces, else at commas."""
    plain = _SPACES.sub("", word)
    for mark in ("..", ";"):
        if mark in plain:
            return plain.split(mark)
    parts = plain.split() if len(plain.split()) > 1 else plain.split(",")
    return [part.strip(",") for part in parts if part.strip(",")]


def _plain(value: Any) -> Any:
    if hasattr(value, "to_json"):
        return value.to_json()
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value


def _listless(value: Any) -> Any:
    return tuple(_listless(part) for part in value) if isinstance(value, list) else value


def _nested(item: Param, value: Any, pointer: str) -> Any:
    if item.type in ("spec", "value") and not (value is None and item.optional):
        return item.family.from_json(value, pointer)
    return value


def _section(cls: type[Spec], name: str) -> str:
    """The section of the class that declares ``name``: a Spec may be put together of several."""
    owners = (base for base in cls.__mro__ if name in get_annotations(base))
    return getattr(next(owners, cls), "section", "")


def _describe(name: str, info: Any, section: str) -> Param:
    extra = (info.json_schema_extra or {}).get("param")
    if extra is None:
        raise TypeError(f"{name}: declare it with param(...)")
    ge, gt, le, lt = extra["bounds"]
    annotation = info.annotation
    parts = [part for part in get_args(annotation) if part is not type(None)]
    optional = type(None) in get_args(annotation)
    if optional and len(parts) == 1:
        annotation = parts[0]
    kind, choices = _type_of(annotation)
    return Param(
        name=name,
        type=kind,
        default=info.default,
        minimum=ge if ge is not None else gt,
        maximum=le if le is not None else lt,
        above=gt is not None,
        below=lt is not None,
        choices=choices,
        optional=optional,
        label=extra["label"] or name.replace("_", " ").capitalize(),
        **{key: extra[key] for key in _AS_DECLARED},
        hidden=extra["hidden"],
        section=section,
        family=extra["family"] or (annotation if kind in ("spec", "value") else None),
    )


_AS_DECLARED = ("unit", "help", "scale", "step", "search", "fixed", "advanced")


def _type_of(annotation: Any) -> tuple[str, tuple[Any, ...]]:
    simple = {bool: "bool", int: "int", float: "float", str: "text"}
    if annotation in simple:
        return simple[annotation], ()
    origin = get_origin(annotation)
    if origin is Literal:
        return "choice", get_args(annotation)
    if origin is tuple:
        parts = get_args(annotation)
        return ("texts" if str in parts else "numbers" if ... in parts else "pair"), ()
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        return "spec", ()
    if isinstance(annotation, type) and hasattr(annotation, "from_json"):
        return "value", ()
    raise TypeError(f"no form, file or search knows a parameter of type {annotation!r}")


def _check_bounds(cls: type[Spec], item: Param, value: Any) -> None:
    if item.type not in ("int", "float", "pair", "numbers") or value is None:
        return
    for number in value if isinstance(value, tuple) else (value,):
        low = item.minimum is not None and (
            number < item.minimum or (item.above and number == item.minimum)
        )
        high = item.maximum is not None and (
            number > item.maximum or (item.below and number == item.maximum)
        )
        if low or high or not math.isfinite(number):
            raise _refuse(cls, item, value)


def _refuse(cls: type[Spec], item: Param, value: Any) -> FoveaError:
    return FoveaError(
        "FV-H001",
        f"{item.label} cannot be {_short(value)}.",
        where=item.name,
        why=f"Expected {item.allowed()}.",
        fix=f"Enter {item.allowed()} (the default is {_short(item.default)}).",
    )


def _explain(cls: type[Spec], error: ValidationError, pointer: str) -> FoveaError:
    first = error.errors(include_url=False, include_context=False)[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    if first["type"] == "extra_forbidden" or name not in cls.model_fields:
        try:
            cls.param(name)
        except FoveaError as unknown:
            return unknown
    return _refuse(cls, cls.param(name), first["input"])


def _short(value: Any) -> str:
    if isinstance(value, str):
        return f"“{value[:60]}”"
    if value is None:
        return "empty"
    if isinstance(value, (bool, int, float)):
        return str(value)[:40]
    if isinstance(value, tuple):
        return ", ".join(_short(part) for part in value[:4])
    if isinstance(value, Spec):
        return f"“{value.title or value.kind}”"
    return f"a {type(value).__name__}"
