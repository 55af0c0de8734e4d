"""How a study's project and plan travel: as texts in the study's attributes on the storage.

What comes from there is a stranger's: it is read with the readers that files have, within limits,
and never unpickled; the folder of a study is named only by what may name one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.errors import FoveaError
from engine.files import strict_json
from engine.project.document import Project
from engine.tune.folder import is_study_name
from engine.tune.plan import StudyPlan
from engine.tune.remote.content import Content

if TYPE_CHECKING:
    import optuna

__all__ = ["Published", "is_published", "publish", "read_budget", "read_published", "write_budget"]

_PART = 20_000  # characters: MySQL holds 65,535 bytes in one attribute, and JSON may double a text
_MOST_PARTS = 1_600
_COUNT, _TEXT, _BUDGET = "fovea:parts", "fovea:part:", "fovea:trials"


@dataclass(frozen=True, slots=True)
class Published:
    """What a storage says about a study: the project, how it is searched, and its images."""

    name: str
    project: Project
    plan: StudyPlan
    content: Content


def publish(study: optuna.Study, published: Published) -> None:
    """Writes it to the storage; the count of the parts comes last, for it says that all are there.

    Raises what the storage raises.
    """
    text = json.dumps(
        {
            "project": published.project.to_json(),
            "plan": published.plan.to_json(),
            "content": published.content.to_json(),
        }
    )
    parts = [text[start : start + _PART] for start in range(0, len(text), _PART)]
    write_budget(study, published.plan.trials)
    for number, part in enumerate(parts):
        study.set_user_attr(f"{_TEXT}{number}", part)
    study.set_user_attr(_COUNT, len(parts))


def write_budget(study: optuna.Study, trials: int) -> None:
    """Sets how many trials all computers together may begin."""
    study.set_user_attr(_BUDGET, trials)


def read_budget(study: optuna.Study, otherwise: int) -> int:
    """How many that are, or ``otherwise`` where the storage does not say it."""
    kept = study.user_attrs.get(_BUDGET)
    return kept if type(kept) is int else otherwise


def is_published(attributes: Mapping[str, Any]) -> bool:
    """Whether these are the attributes of a study that Fovea has put there."""
    return _COUNT in attributes


def read_published(name: str, attributes: Mapping[str, Any], where: str) -> Published:
    """What the attributes of a study say; ``where`` names the storage in errors.

    Raises FoveaError FV-S045 when they are not whole, or not what Fovea writes.
    """
    try:
        if not is_study_name(name):
            raise _Odd("Its name cannot be a folder's.")
        count, trials = attributes.get(_COUNT), attributes.get(_BUDGET)
        if type(count) is not int or not 0 < count <= _MOST_PARTS:
            raise _Odd("It is not whole: whoever began it has not published it to the end.")
        parts = [attributes.get(f"{_TEXT}{number}") for number in range(count)]
        if not all(isinstance(part, str) and len(part) <= _PART for part in parts):
            raise _Odd("A part of its description is missing.")
        text = "".join(str(part) for part in parts).encode("utf-8", "replace")
        facts = strict_json.loads(text, limit=_PART * _MOST_PARTS, where=where)
        if not isinstance(facts, dict):
            raise _Odd("Its description is no object.")
        plan = StudyPlan.from_json(facts.get("plan"), f"{where}#/plan")
        if type(trials) is int:
            plan = plan.with_(trials=trials)
        project = Project.from_json(facts.get("project"), f"{where}#/project")
        return Published(name, project, plan, Content.from_json(facts.get("content")))
    except (FoveaError, _Odd) as error:
        raise FoveaError(
            "FV-S045",
            f"The study “{name:.80}” cannot be read from the storage.",
            where=where,
            why=getattr(error, "what", "") or str(error),
            kept="Nothing was changed.",
            fix="Begin a new study there, with the same version of Fovea on all computers.",
        ) from error


class _Odd(Exception):
    """What is wrong, in a sentence."""
