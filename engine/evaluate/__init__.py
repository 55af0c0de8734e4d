"""Evaluation: how good a run's model is on one split, and on which images it fails.

Importing this imports no torch; :func:`evaluate` does when it is called.
"""

from engine.evaluate.record import Evaluation, PerClass, load_evaluation, save_evaluation
from engine.evaluate.scoring import evaluate

__all__ = ["Evaluation", "PerClass", "evaluate", "load_evaluation", "save_evaluation"]
