"""What a check of a study's winners has found so far: ``studies/NAME/winner/winner.json``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from engine.errors import FoveaError
from engine.files import strict_json
from engine.files.atomic import write_json
from engine.graph.reading import keys, wrong
from engine.search.records import Choice
from engine.tune.confirm.plan import ConfirmPlan
from engine.tune.folder import StudyFolder
from engine.tune.goals import GOALS

__all__ = ["Arm", "Confirmation", "confirm_dir", "read_confirmation", "write_confirmation"]

_FILE = "winner.json"
_MOST_ARMS = 21
_STATUS = ("open", "done", "failed")


@dataclass(frozen=True, slots=True)
class Arm:
    """The present project, or one of the best trials, trained again.

    Attributes:
        trial: the trial's number; ``None`` for the present project.
        tuned: what the search has seen of it; ``None`` for the project.
        values: the trial's settings, by address.
        scores: one for each run that is done, in order of the seeds.
        why: why a run of it failed, in a sentence; it is trained no further then.
    """

    trial: int | None = None
    tuned: float | None = None
    values: Mapping[str, Choice] = field(default_factory=dict)
    scores: tuple[float, ...] = ()
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        values = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in self.values.items()
        }
        return {
            "trial": self.trial,
            "tuned": self.tuned,
            "values": values,
            "scores": list(self.scores),
            "why": self.why,
        }

    @classmethod
    def from_json(cls, value: Any, pointer: str, *, project: bool, most: int) -> Arm:
        """The arm that an object describes; raises FoveaError FV-P010 or FV-P011."""
        keys(value, pointer, tuple(item.name for item in fields(cls)))
        trial, tuned = value["trial"], value["tuned"]
        if project != (trial is None) or project != (tuned is None):
            raise wrong(pointer, "The present project stands first, and only trials after it.")
        if not project and (not _whole(trial) or not _real(tuned)):
            raise wrong(pointer, "A trial has a number and a finite score.")
        settings = value["values"]
        if not isinstance(settings, dict):
            raise wrong(f"{pointer}/values", "The settings must be an object.")
        scores = value["scores"]
        if not isinstance(scores, list) or len(scores) > most or not all(map(_real, scores)):
            raise wrong(f"{pointer}/scores", f"Expected at most {most} finite scores.")
        if not isinstance(value["why"], str):
            raise wrong(f"{pointer}/why", "Expected a text.")
        chosen = {name: _choice(one, f"{pointer}/values") for name, one in settings.items()}
        return cls(trial, tuned, chosen, tuple(map(float, scores)), value["why"])


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A check of a study's winners, begun or finished.

    Attributes:
        study: the study's name.
        status: ``open`` (runs are missing: it goes on, was stopped, or its process died),
            ``done``, or ``failed``: the present project could not be trained.
        plan: what was asked for.
        goal: what runs are judged by, a name of :data:`engine.tune.goals.GOALS`.
        searched, each: how many trials the search has trained, and of how many runs one is.
        project: the digest of the project that was the present one.
        arms: the present project, then the candidates, the best tuned score first.
    """

    study: str
    status: Literal["open", "done", "failed"]
    plan: ConfirmPlan
    goal: str
    searched: int
    each: int
    project: str
    arms: tuple[Arm, ...]

    @property
    def present(self) -> Arm:
        """The project as it is."""
        return self.arms[0]

    @property
    def candidates(self) -> tuple[Arm, ...]:
        """The trials."""
        return self.arms[1:]

    @property
    def runs(self) -> tuple[int, int]:
        """How many runs are done, and how many there are to be; none for arms that failed."""
        live = [arm for arm in self.arms if not arm.why]
        return sum(len(arm.scores) for arm in live), len(live) * self.plan.seeds

    def with_arm(self, place: int, **changes: Any) -> Confirmation:
        """With one arm changed."""
        arms = list(self.arms)
        arms[place] = replace(arms[place], **changes)
        return replace(self, arms=tuple(arms))

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "study": self.study,
            "status": self.status,
            "plan": self.plan.to_json(),
            "goal": self.goal,
            "searched": self.searched,
            "each": self.each,
            "project": self.project,
            "arms": [arm.to_json() for arm in self.arms],
        }

    @classmethod
    def from_json(cls, value: Any, pointer: str = "") -> Confirmation:
        """The check that an object describes; raises FoveaError FV-P010, FV-P011 or FV-H001."""
        keys(value, pointer, tuple(item.name for item in fields(cls)))
        for name in ("study", "project"):
            if not isinstance(value[name], str):
                raise wrong(f"{pointer}/{name}", "Expected a text.")
        if value["status"] not in _STATUS or value["goal"] not in GOALS:
            raise wrong(pointer, "The state or the goal is none that this version knows.")
        for name in ("searched", "each"):
            if not _whole(value[name]) or value[name] < 1:
                raise wrong(f"{pointer}/{name}", "Expected a number of trials or runs.")
        plan = ConfirmPlan.from_json(value["plan"], f"{pointer}/plan")
        listed = value["arms"]
        if not isinstance(listed, list) or not 2 <= len(listed) <= _MOST_ARMS:
            raise wrong(f"{pointer}/arms", "Expected the present project and some trials.")
        arms = tuple(
            Arm.from_json(one, f"{pointer}/arms/{n}", project=n == 0, most=plan.seeds)
            for n, one in enumerate(listed)
        )
        return cls(
            value["study"],
            value["status"],
            plan,
            value["goal"],
            value["searched"],
            value["each"],
            value["project"],
            arms,
        )


def confirm_dir(study: StudyFolder) -> Path:
    """The folder of a study that holds the check of its winners, and its runs."""
    return study.path / "winner"


def write_confirmation(study: StudyFolder, record: Confirmation) -> None:
    """Keeps the check; what is known of it is exact after every run. Raises FoveaError FV-O001."""
    write_json(confirm_dir(study) / _FILE, record.to_json())


def read_confirmation(study: StudyFolder) -> Confirmation | None:
    """The check that a study has, ``None`` where nobody asked for one.

    Raises FoveaError FV-S021 for a file that is damaged or not of this study.
    """
    file = confirm_dir(study) / _FILE
    if not file.exists():
        return None
    try:
        value = strict_json.loads(file.read_bytes(), where=str(file))
        record = Confirmation.from_json(value, f"{file}#")
        if record.study != study.name:
            raise wrong(f"{file}#/study", f"It is about the study “{record.study:.80}”.")
    except (FoveaError, OSError) as error:
        raise FoveaError(
            "FV-S021",
            "What the check of the winner has found cannot be read.",
            where=getattr(error, "where", "") or str(file),
            why=getattr(error, "what", "") or str(error),
            kept="The study and the runs of the check are unchanged.",
            fix="Remove the file and check the winner again: runs that are done are not repeated.",
        ) from error
    return record


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _real(value: Any) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and math.isfinite(value)


def _choice(value: Any, pointer: str) -> Choice:
    if isinstance(value, list) and all(map(_real, value)):
        return tuple(value)
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise wrong(pointer, "A setting is a text, a number, several numbers, true, false or null.")
