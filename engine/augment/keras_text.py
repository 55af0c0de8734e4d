"""Reads a pasted call of Keras' ``ImageDataGenerator``: Python's syntax tree, nothing is run."""

from __future__ import annotations

import ast
import textwrap
import warnings
from typing import Any, TypeGuard

from engine.augment.keras_names import ARGUMENTS, from_keras
from engine.augment.pipeline import Pipeline
from engine.errors import FoveaError

__all__ = ["CLASS", "from_keras_text"]

CLASS = "ImageDataGenerator"


def from_keras_text(text: str) -> tuple[Pipeline, tuple[str, ...]]:
    """The pipeline of the first call of ``ImageDataGenerator`` in some lines of Python, with notes.

    Only literal values are read (numbers, also as quotients like ``1./255``, texts, lists, True,
    False, None); names of functions are told in a note. Raises FoveaError FV-H004 that names the
    line, and what :func:`engine.augment.keras_names.from_keras` raises.
    """
    calls = [node for node in ast.walk(_parsed(text)) if _is_generator(node)]
    calls.sort(key=lambda call: (call.lineno, call.col_offset))
    if not calls:
        raise _refuse(f"The text does not call {CLASS}.", "", "Copy the whole call.")
    arguments: dict[str, Any] = {}
    for place, value in enumerate(calls[0].args):
        if isinstance(value, ast.Starred) or place >= len(ARGUMENTS):
            raise _refuse("This argument cannot be read.", _at(value), "Give it by its name.")
        arguments[ARGUMENTS[place]] = _literal(value, ARGUMENTS[place])
    for keyword in calls[0].keywords:
        if keyword.arg is None:
            raise _refuse("“**” cannot be read.", _at(keyword.value), "Write the arguments out.")
        if keyword.arg in arguments:
            what = f"The argument {keyword.arg:.80} is there twice."
            raise _refuse(what, _at(keyword.value), "Remove one of the two.")
        arguments[keyword.arg] = _literal(keyword.value, keyword.arg)
    pipeline, notes = from_keras(**arguments)
    if calls[1:]:
        first = f"The text makes {len(calls)} generators; this is the first, from line "
        notes = (f"{first}{calls[0].lineno}.", *notes)
    return pipeline, notes


def _parsed(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of escapes and comparisons in other people's code
        try:
            return ast.parse(textwrap.dedent(text).strip())
        except SyntaxError as error:
            where, why = f"line {error.lineno}" if error.lineno else "", f"{error.msg:.80}."
        except (ValueError, RecursionError, MemoryError):
            where, why = "", "It is nested too deeply, or holds signs that Python does not know."
    raise _refuse("The text cannot be read as Python.", where, "Copy the whole call.", why)


def _is_generator(node: ast.AST) -> TypeGuard[ast.Call]:
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name == CLASS


def _literal(node: ast.expr, name: str) -> Any:
    """The value of an argument; a function or type where one is usual becomes its name."""
    try:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            return float(ast.literal_eval(node.left)) / float(ast.literal_eval(node.right))
        return ast.literal_eval(node)
    except (ValueError, TypeError, ArithmeticError, RecursionError, MemoryError):
        if name in ("preprocessing_function", "dtype"):
            return _shown(node)
    raise _refuse(
        f"The value of {name:.80} cannot be read.",
        _at(node),
        "Write the number itself.",
        "It is not a literal value, and Fovea runs no code.",
    )


def _shown(node: ast.expr) -> str:
    try:
        return ast.unparse(node)[:80]
    except RecursionError:
        return "…"


def _at(node: ast.expr) -> str:
    return f"line {node.lineno}"


def _refuse(what: str, where: str, fix: str, why: str = "") -> FoveaError:
    return FoveaError(
        "FV-H004",
        what,
        where=where,
        why=why or f"Expected a call such as {CLASS}(rotation_range=20, horizontal_flip=True).",
        kept="Nothing was changed.",
        fix=fix,
    )
