"""How many trials train at the same time."""

from __future__ import annotations

from typing import ClassVar

from engine.spec import Spec, param

__all__ = ["Crew"]


class Crew(Spec):
    """What is asked anew each time that a study is started: it is no part of its plan."""

    title: ClassVar[str] = "Processes"

    workers: int = param(
        1,
        ge=1,
        le=64,
        label="Trials at a time",
        help="One, the default, trains here; equal studies then try equal settings. More are "
        "processes of their own: one for each graphics card, or, without cards, a few that share "
        "the processor's cores.",
    )
