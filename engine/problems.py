"""What stands between a project and a good training run, in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Problem"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that ``check()`` found.

    Attributes:
        severity: ``"error"`` blocks training, ``"warning"`` and ``"note"`` do not.
        message: what is wrong, in one sentence.
        where: the node's id, or a parameter's address such as ``data.size``; empty for the whole.
        fix: what to do about it, in one sentence.
        code: the code of the FoveaError that training would raise (``FV-M003``), or the name of
            the rule that gave a warning (``bias_before_norm``); empty for none.
        nodes: all nodes that are meant, where they are several: those of a loop or of a branch.
    """

    severity: Literal["error", "warning", "note"]
    message: str
    where: str = ""
    fix: str = ""
    code: str = ""
    nodes: tuple[str, ...] = ()
