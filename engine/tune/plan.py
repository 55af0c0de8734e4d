"""What a study is to do: how many trials, chosen how, judged by what."""

from __future__ import annotations

from typing import ClassVar, Literal

from engine.spec import Spec, param

__all__ = ["StudyPlan"]


class StudyPlan(Spec):
    """The settings of a search besides its space; fixed when the study begins, but for the budget.

    A study with equal plan, space and project tries the same settings in the same order.
    """

    title: ClassVar[str] = "Search"

    trials: int = param(
        100,
        ge=1,
        le=100_000,
        help="How many settings are tried at most. Twenty tell whether there is something to gain; "
        "a few settings are searched well with 50 to 100.",
    )
    hours: float | None = param(
        None,
        gt=0,
        le=10_000,
        unit="h",
        help="No new trial begins after so many hours of searching. Empty: only the number of "
        "trials counts.",
    )
    goal: Literal["accuracy", "auc", "loss"] = param(
        "accuracy",
        help="What a trial is judged by, on the validation images of its best epoch: accuracy, the "
        "area under the ROC curve (steadier where images are few or classes uneven), or the loss.",
    )
    sampler: Literal["tpe", "gp", "qmc", "random", "grid"] = param(
        "tpe",
        help="How the next settings are chosen. TPE learns which regions do well and copes with "
        "any kind of setting. Gaussian process learns more from few trials of a few numbers. QMC "
        "spreads evenly, random learns nothing, grid tries every combination.",
    )
    pruner: Literal["none", "median", "hyperband"] = param(
        "median",
        help="Which trials end early. Median: those that are worse than half of the earlier ones "
        "at the same epoch. Hyperband: many short trials, of which the better third goes on, "
        "again and again. None trains all to their end.",
    )
    startup: int = param(
        10,
        ge=1,
        le=1_000,
        advanced=True,
        label="Random trials first",
        help="So many trials are drawn at random before the search learns from them.",
    )
    own_first: bool = param(
        True,
        advanced=True,
        label="The project as it is first",
        help="The first trial has the settings that the project has now, where the ranges hold "
        "them: what the search finds is compared with it.",
    )
    most_parameters: int | None = param(
        None,
        ge=1,
        le=10**12,
        scale="log",
        advanced=True,
        label="Parameters at most",
        help="Trials whose model has more parameters are not trained. Empty: no limit.",
    )
    keep: int = param(
        5,
        ge=1,
        le=1_000,
        advanced=True,
        label="Weights kept",
        help="The weights of so many of the best trials stay on the disc; of the others only "
        "settings and history do.",
    )
    seed: int = param(
        0,
        ge=0,
        le=2**31 - 1,
        advanced=True,
        help="Start of the search's own randomness. The runs' seed is the recipe's, the same in "
        "every trial, so that trials differ by their settings only.",
    )
