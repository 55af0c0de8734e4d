"""Whether a trial's model is within what the plan allows, before it is trained."""

from __future__ import annotations

from dataclasses import dataclass

from engine.compile.demand import demand, room
from engine.compile.memory import Machine
from engine.graph.analysis import analyse
from engine.project.document import Project
from engine.train.tools.words import size
from engine.tune.plan import StudyPlan

__all__ = ["Excess", "excesses"]


@dataclass(frozen=True, slots=True)
class Excess:
    """A limit that a trial's model does not keep.

    Attributes:
        limit: ``parameters`` or ``memory``.
        share: how far it is beyond, as a share of the limit: 0.5 for one and a half times as much.
        why: in a sentence.
    """

    limit: str
    share: float
    why: str


def excesses(plan: StudyPlan, project: Project, machine: Machine) -> tuple[Excess, ...]:
    """The limits of a plan that a project's model does not keep on a machine; empty when it does.

    Both are counted, so that equal settings are judged alike whenever they come: memory against
    what the device has in all, not against what happens to be free.
    """
    frame = project.frame()
    analysis = analyse(project.model, frame)
    found: list[Excess] = []
    count, most = analysis.parameters, plan.most_parameters
    if most is not None and count > most:
        why = f"The model has {count:,} parameters, {most:,} are allowed."
        found.append(Excess("parameters", count / most - 1, why))
    usable = room(machine) if plan.fits_memory else None
    if usable is not None:
        needed = demand(project.model, frame, analysis, project.training, machine).total
        if needed > usable:
            place = machine.name if machine.graphics else "this computer"
            why = (
                f"Training needs an estimated {size(needed)} of memory, and {place} has "
                f"{size(max(0, usable))} for it."
            )
            found.append(Excess("memory", needed / max(1, usable) - 1, why))
    return tuple(found)
