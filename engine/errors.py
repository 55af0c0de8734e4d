"""The one exception that Fovea shows to a person."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["Cancelled", "FoveaError", "suggest"]


class FoveaError(Exception):
    """A failure, told so that a person can act on it.

    Raised for everything that can go wrong with input, files, models and runs. The window shows it
    as a dialog or a note on the page, the command line prints it on standard error and ends with
    exit code 1.

    Attributes:
        code: a stable short name, ``FV-`` and a family letter with three digits (``FV-P003``):
            P project file, D data, M model, H settings, T training, O system, U usage.
        what: what failed, in one sentence.
        where: absolute file (with JSON pointer), image path, node id or setting's address.
        why: the cause in one sentence, with the system's own text where there is one.
        kept: what is safe, and where it is.
        fix: what to do now.
    """

    def __init__(
        self, code: str, what: str, *, where: str = "", why: str = "", kept: str = "", fix: str = ""
    ) -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.where = where
        self.why = why
        self.kept = kept
        self.fix = fix

    def fields(self) -> dict[str, str]:
        """The six parts by name, as ``--json`` prints them and a dialog lays them out."""
        names = ("code", "what", "where", "why", "kept", "fix")
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        labels = (("where", self.where), ("why", self.why), ("kept", self.kept), ("do", self.fix))
        lines = [f"{self.what} [{self.code}]"]
        lines += [f"  {label}: {text}" for label, text in labels if text]
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, tuple(self.fields().values()))


def _rebuild(code: str, what: str, where: str, why: str, kept: str, fix: str) -> FoveaError:
    return FoveaError(code, what, where=where, why=why, kept=kept, fix=fix)


class Cancelled(Exception):
    """Raised inside a long operation when the person has cancelled it; never shown as an error."""


def suggest(wrong: str, known: Iterable[str], most: int = 12) -> str:
    """A sentence that names the nearest known word, or ``most`` known words when none is near."""
    names = sorted(known)
    near = get_close_matches(wrong, names, n=1, cutoff=0.6)
    if near:
        return f"Did you mean “{near[0]}”?"
    shown = ", ".join(names[:most]) + (", …" if len(names) > most else "")
    return f"Known: {shown}."
