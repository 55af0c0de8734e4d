"""Schedules: how the learning rate moves over a run. Pure functions of the step, no torch."""

from engine.schedules.base import SCHEDULES, Schedule

__all__ = ["SCHEDULES", "Schedule"]
