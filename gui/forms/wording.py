"""What an edit of a form is called in the undo history."""

from __future__ import annotations

from engine.spec import Spec

__all__ = ["change_of"]


def change_of(spec: Spec, name: str) -> str:
    """The name of the undo step for an edit that a form emitted as (``spec``, ``name``).

    ``optimizer.lr`` is "Change learning rate", ``optimizer`` itself is "Change optimizer".
    """
    first, _, rest = name.partition(".")
    inner = getattr(spec, first)
    if rest and isinstance(inner, Spec):
        return change_of(inner, rest)
    label = spec.param(first).label
    acronym = label[1:2].isupper()
    return f"Change {label if acronym else label[:1].lower() + label[1:]}"
