"""What is known about a parameter, for everything that shows, reads, checks or searches it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Param"]


@dataclass(frozen=True)
class Param:
    """What is known about one parameter of a :class:`engine.spec.Spec` class.

    Attributes:
        name: the attribute and JSON key.
        type: ``"int"``, ``"float"``, ``"bool"``, ``"choice"``, ``"text"``, ``"pair"`` (two
            numbers), ``"numbers"`` (a tuple of any length), ``"texts"`` (a tuple of words),
            ``"spec"`` (another Spec, see ``family``) or
            ``"value"`` (a record that forms and addresses leave to others; see ``Instance``).
        default: its default value.
        minimum, maximum: bounds of a number (of each number of a pair), ``None`` where open.
        above, below: whether the bound itself is excluded.
        choices: the values of a choice, in the order to show.
        optional: whether ``None`` ("automatic", "off") is allowed.
        unit, label, help: what a form shows; ``help`` is written for the user.
        scale: ``"log"`` where steps should be ratios, else ``"linear"``.
        step: the step of a spin box, ``None`` for a sensible one.
        search: the range (or choices) that the tuner proposes; ``None`` for one that follows from
            the bounds and the present value.
        fixed: why no search may vary it, in a sentence; empty where one may.
        advanced: whether a form folds it away at first.
        hidden: whether forms leave it to a page of its own.
        section: the heading that a form shows it under, from the class that declares it
            (:attr:`engine.spec.Spec.section`); empty for none.
        family: for ``"spec"``: the Registry that the value belongs to, or the Spec class itself;
            for ``"value"`` the record's class.
    """

    name: str
    type: str
    default: Any
    minimum: float | None = None
    maximum: float | None = None
    above: bool = False
    below: bool = False
    choices: tuple[Any, ...] = ()
    optional: bool = False
    unit: str = ""
    label: str = ""
    help: str = ""
    scale: str = "linear"
    step: float | None = None
    search: tuple[Any, ...] | None = None
    fixed: str = ""
    advanced: bool = False
    hidden: bool = False
    section: str = ""
    family: Any = None

    def allowed(self) -> str:
        """The allowed values in words: ``"a number above 0, up to 10"``."""
        if self.type == "choice":
            return "one of " + ", ".join(str(c) for c in self.choices)
        nouns = {
            "int": "a whole number",
            "float": "a number",
            "bool": "true or false",
            "text": "a text",
            "pair": "two numbers",
            "numbers": "numbers, each",
            "texts": "a list of texts",
            "value": "an object",
        }
        words = nouns.get(self.type, "an object with a “kind”")
        if self.minimum is not None:
            words += f" {'above' if self.above else 'from'} {self.minimum:g}"
        if self.maximum is not None:
            words += f" {'below' if self.below else 'up to'} {self.maximum:g}"
        return words + (", or empty" if self.optional else "")
