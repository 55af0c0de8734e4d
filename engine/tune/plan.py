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
        scale="log",
        help="How many settings are tried at most. Twenty tell whether there is something to gain; "
        "a few settings are searched well with 50 to 100.",
    )
    hours: float | None = param(
        None,
        gt=0,
        le=10_000,
        unit="h",
        help="No new trial begins after so many hours of searching, in all sessions, pauses left "
        "out. Empty: only the number of trials counts.",
    )
    goal: Literal["accuracy", "auc", "loss"] = param(
        "accuracy",
        help="What a trial is judged by, on the validation images of its best epoch: accuracy, the "
        "area under the ROC curve (steadier where images are few or classes uneven), or the loss.",
    )
    against: Literal["none", "latency", "parameters", "macs", "memory"] = param(
        "none",
        help="What the goal is weighed against; less of it is better. The study then has no single "
        "best trial but a front: those that no other one beats in both. Latency: the time for one "
        "image, measured on the trained model. Parameters and multiply-adds are counted. Memory: "
        "what training takes, estimated in fp32. None, the default, asks for the best goal only, "
        "which takes far fewer trials. Nothing is pruned where there are two: a curve of one of "
        "them does not tell who is beaten in both.",
    )
    runs: int = param(
        1,
        ge=1,
        le=20,
        label="Runs per trial",
        help="A trial is so many runs, and is judged by their mean. One, the default, tries the "
        "most settings in the same time, but its winner owes more to luck; 3 to 5 tell settings "
        "apart whose difference is smaller than that between two seeds.",
    )
    vary: Literal["seeds", "folds"] = param(
        "seeds",
        label="Runs differ by",
        help="What differs between the runs of a trial. Seeds: the same split, so that only the "
        "luck of training differs. Folds: another part of the training and validation images "
        "validates each, which also averages over the luck of the split; better where images are "
        "few. Without effect for one run per trial.",
    )
    sampler: Literal["tpe", "gp", "qmc", "random", "grid", "nsga2"] = param(
        "tpe",
        help="How the next settings are chosen. TPE learns which regions do well and copes with "
        "any kind of setting. Gaussian process learns more from few trials of a few numbers. QMC "
        "spreads evenly, random learns nothing, grid tries every combination. NSGA-II crosses the "
        "best of a generation, which suits two objectives and some hundred trials; a generation "
        "is as many trials as are drawn at random first.",
    )
    pruner: Literal["none", "median", "hyperband", "wilcoxon"] = param(
        "median",
        help="Which trials end early. Median: those that are worse than half of the earlier ones "
        "at the same epoch. Hyperband: many short trials, of which the better third goes on, "
        "again and again. Both look at the first run of a trial. Wilcoxon: after each run of a "
        "trial, those that are probably worse than the best one, seed by seed or fold by fold. "
        "None trains all to their end.",
    )
    p_threshold: float = param(
        0.1,
        gt=0,
        lt=1,
        advanced=True,
        label="Threshold of the Wilcoxon test",
        help="A trial ends early when runs as bad as its own are less likely than this, were it as "
        "good as the best one. 0.1, as in Optuna: four runs, all worse, are just enough.",
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
    fits_memory: bool = param(
        True,
        advanced=True,
        label="Only what fits in memory",
        help="Trials whose training is estimated to need more memory than the device has are not "
        "trained: they would end with an error, or slow the computer down until it stands still.",
    )
    stop_when_unlikely: bool = param(
        False,
        label="Stop when improvement is unlikely",
        help="Ends before the budget is spent when the last trials (20, or ten for each searched "
        "setting, whichever is more) have not beaten those before them by more than the luck of "
        "one measurement. Off by default: a lucky first trial would end a search that still has "
        "something to find, and more trials cost nothing but the time that was granted.",
    )
    sources: tuple[str, ...] = param(
        (),
        hidden=True,
        label="Earlier studies",
        help="Names of studies of this project that this one learns from. Where they differ by "
        "their search space alone their trials count as known; else only their best settings are "
        "tried first. Empty, the default: the study starts from nothing.",
    )
    keep: int = param(
        5,
        ge=1,
        le=1_000,
        advanced=True,
        label="Weights kept",
        help="The weights of so many of the best trials stay on the disc; of the others only "
        "settings and history do. Of a front, those of the best goal.",
    )
    seed: int = param(
        0,
        ge=0,
        le=2**31 - 1,
        advanced=True,
        help="Start of the search's own randomness. The runs' seed is the recipe's, the same in "
        "every trial, so that trials differ by their settings only.",
    )

    @property
    def pruner_in_force(self) -> str:
        """The pruner that the study uses: ``none`` where the one that was chosen cannot work."""
        return "none" if self.remarks() else self.pruner

    def remarks(self) -> tuple[str, ...]:
        """What of the plan is set aside, in sentences that say why; empty when nothing is."""
        if self.pruner == "none":
            return ()
        if self.against != "none":
            return (
                "No trial ends early: with two objectives the curve of one does not tell whether "
                "a trial is beaten in both.",
            )
        if self.pruner == "wilcoxon" and 0.5 ** (self.runs - 1) >= self.p_threshold:
            least = next(n for n in range(2, 200) if 0.5 ** (n - 1) < self.p_threshold)
            return (
                f"No trial ends early: the Wilcoxon test needs {least} runs per trial or more to "
                f"come below {self.p_threshold:g} before the last of them.",
            )
        return ()
