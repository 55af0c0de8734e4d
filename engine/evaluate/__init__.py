"""Evaluation: how good a run's model is on one split, and on which images it fails.

Importing this imports no torch; :func:`evaluate` does when it is called.
"""

from engine.evaluate.keeping import load_evaluation, save_evaluation
from engine.evaluate.record import Evaluation, PerClass
from engine.evaluate.scoring import evaluate
from engine.evaluate.several import AllEvaluations, ClassRow, SeveralEvaluation

__all__ = [
    "AllEvaluations",
    "ClassRow",
    "Evaluation",
    "PerClass",
    "SeveralEvaluation",
    "evaluate",
    "load_evaluation",
    "save_evaluation",
]
