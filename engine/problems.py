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
        code: the code of the FoveaError that training would raise (``FV-M003``), empty for none.
    """

    severity: Literal["error", "warning", "note"]
    message: str
    where: str = ""
    fix: str = ""
    code: str = ""
