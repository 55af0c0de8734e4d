"""When a study has seen enough: a rule by the luck of one measurement."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.project.document import Project
from engine.tune.goals import GOALS
from engine.tune.plan import StudyPlan
from engine.tune.ranking import BORROWED, complete, front, ranked

if TYPE_CHECKING:
    import optuna

__all__ = ["Ending"]

_FEWEST = 20
_PER_SETTING = 10


class Ending:
    """Whether the last trials of a study make an improvement unlikely.

    The last ``max(20, 10 * searched settings)`` trials that were judged are compared with all
    before them: when the best of them is not better by more than one measurement may be off, the
    search has gone through as many trials as it takes to learn a space of that size, and what they
    differ by is luck. Off by is: the standard error over the best trial's runs where it has
    several, the binomial one of the validation images for an accuracy, and nothing for other goals,
    where any improvement counts. With two objectives it is a trial more on the front that counts.

    Optuna's own terminator does the same by a Gaussian process, which cannot take conditional
    settings, and is to be removed.
    """

    def __init__(self, plan: StudyPlan, project: Project, project_dir: Path) -> None:
        self._plan = plan
        self._project = project
        self._project_dir = project_dir
        self._images: int | None = None

    def why(self, study: optuna.Study) -> str:
        """Why the study may end now, in a sentence; empty where it goes on."""
        if not self._plan.stop_when_unlikely:
            return ""
        window = max(_FEWEST, _PER_SETTING * len(self._project.search.entries))
        known = [one for one in complete(study) if BORROWED in one.user_attrs]
        own = _judged(study)
        before = [*known, *(one for one in own[:-window] if one.state.name == "COMPLETE")]
        recent = [one for one in own[-window:] if one.state.name == "COMPLETE"]
        if len(own) <= window or not before:
            return ""
        if self._plan.against != "none":
            return self._of_front(before, recent, window)
        best = ranked(self._plan, before)[0]
        error = self._error(best)
        sign = 1 if GOALS[self._plan.goal].maximise else -1
        gain = max((sign * (one.value - best.value) for one in recent), default=0.0)
        if gain > error:
            return ""
        shares = GOALS[self._plan.goal].quantity == "fraction"
        amount = f"{100 * error:.1f} points" if shares else f"{error:.4f}"
        luck = f" by more than {amount}, the luck of one measurement" if error else ""
        return f"None of the last {window} trials beat those before them{luck}."

    def _of_front(self, before: list[Any], recent: list[Any], window: int) -> str:
        new = {one.number for one in recent}
        if any(one.number in new for one in front(self._plan, [*before, *recent])):
            return ""
        return f"None of the last {window} trials came onto the front."

    def _error(self, best: Any) -> float:
        """The standard error of the best trial's value."""
        spread = best.user_attrs.get("spread")
        if isinstance(spread, (int, float)) and self._plan.runs > 1:
            return spread / math.sqrt(self._plan.runs)
        if self._plan.goal != "accuracy":
            return 0.0
        share = min(1.0, max(0.0, best.value))
        return math.sqrt(share * (1 - share) / max(1, self._validation_images()))

    def _validation_images(self) -> int:
        if self._images is None:
            from engine.data.manifest import load_manifest
            from engine.data.split import VAL, split

            spec = self._project.data
            found = split(load_manifest(self._project_dir, spec.manifest), spec)
            self._images = int((found == VAL).sum())
        return self._images


def _judged(study: optuna.Study) -> list[Any]:
    """The study's own trials that were trained and judged: complete, or ended early by that."""
    return [
        one
        for one in study.get_trials(deepcopy=False)
        if BORROWED not in one.user_attrs
        and (
            one.state.name == "COMPLETE" or (one.state.name == "PRUNED" and one.intermediate_values)
        )
    ]
