"""Training: a generator of facts.

:func:`train` yields the events of :mod:`engine.runs.events`; :class:`Control` pauses and stops it
between two of them. Importing this imports no torch; the first ``next()`` does.
"""

from engine.train.control import Control
from engine.train.loop import train

__all__ = ["Control", "train"]
