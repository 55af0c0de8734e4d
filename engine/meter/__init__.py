"""The meter: what each augmentation does to a model, measured by short trainings.

:func:`measure` yields a :class:`Reading` for every card and for the whole pipeline;
:func:`load_readings` gives those that are kept. Importing this imports no torch; the first
``next()`` that has something to measure does.
"""

from engine.meter.cache import WHOLE, load_readings
from engine.meter.measure import measure
from engine.meter.records import VERDICTS, ClassReading, Estimate, How, OwnModel, Reading

__all__ = [
    "VERDICTS",
    "WHOLE",
    "ClassReading",
    "Estimate",
    "How",
    "OwnModel",
    "Reading",
    "load_readings",
    "measure",
]
