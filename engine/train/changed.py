"""What was changed in a project since a run of it began."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.runs.events import Notice
from engine.runs.listing import differences

__all__ = ["changed_since"]

_NAMED = 8


def changed_since(own: Mapping[str, Any], now: Mapping[str, Any]) -> list[Notice]:
    """A notice that a resumed run keeps its ``own`` settings, with each difference as a line.

    Both are projects in JSON; no notice where they are alike.
    """
    changed = differences(own, now)
    names = list(changed)
    if not names:
        return []
    rest = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    text = (
        f"The run goes on with its own settings; the project's differ in: "
        f"{', '.join(names[:_NAMED])}{rest}. To train with the project's, start a new run."
    )
    lines = (f"{name}: {old} in the run, {new} now" for name, (old, new) in changed.items())
    return [Notice(text, details=tuple(lines))]
