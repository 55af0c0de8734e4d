"""The document: one immutable value that holds everything a project says."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from engine.augment.pipeline import Pipeline
from engine.augment.safety import NO_ANSWERS, Answers
from engine.data.spec import DataSpec
from engine.errors import FoveaError, suggest
from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.problems import Problem
from engine.recipe import Training
from engine.search import EMPTY, SearchSpace
from engine.weights.start import StartWeights

__all__ = ["LONGEST_NAME", "Project"]

LONGEST_NAME = 200
_SECTIONS = ("name", "data", "augment", "model", "training")
_OPTIONAL = ("answers", "start", "search")
"""Since 1.1, 1.2 and 1.4; written only where there is something."""


@dataclass(frozen=True, slots=True)
class Project:
    """Images, augmentation, model and training recipe of one classification task.

    ``answers`` are what the person said about the classes: which changes can alter an image's
    label (see :mod:`engine.augment.safety`). ``start`` are weights that were loaded for the model;
    without them it starts at random. ``search`` is what a search may vary.

    Wrong and half-built states are legal values: :meth:`check` explains them. An edit makes a new
    project and keeps every part that it does not touch as the same object, so that ``is`` tells
    what changed. Equal projects have equal JSON.
    """

    name: str = "Untitled"
    data: DataSpec = field(default_factory=DataSpec)
    augment: Pipeline = field(default_factory=Pipeline)
    model: Graph = field(default_factory=Graph)
    training: Training = field(default_factory=Training)
    answers: Answers = NO_ANSWERS
    start: StartWeights | None = None
    search: SearchSpace = EMPTY

    def with_(self, **changes: Any) -> Project:
        """A copy with some of its parts changed."""
        return replace(self, **changes)

    def frame(self) -> Frame:
        """What the model is built for: the size of an image, and the number of classes."""
        side = self.data.size
        return Frame(self.data.channel_count, side, side, len(self.data.classes))

    def check(self) -> tuple[Problem, ...]:
        """What stands between this project and a good run; see :mod:`engine.project.check`."""
        from engine.project.check import check

        return check(self)

    def errors(self) -> tuple[Problem, ...]:
        """Those of :meth:`check` that would stop a training; quick enough for every edit."""
        from engine.project.check import errors

        return errors(self)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values in a fixed order; :meth:`from_json` gives an equal project."""
        value: dict[str, Any] = {
            "name": self.name,
            "data": self.data.to_json(),
            "augment": self.augment.to_json(),
            "model": self.model.to_json(),
            "training": self.training.to_json(),
        }
        value |= {"answers": self.answers.to_json()} if self.answers else {}
        value |= {"start": self.start.to_json()} if self.start is not None else {}
        return value | ({"search": self.search.to_json()} if self.search else {})

    @classmethod
    def from_json(cls, value: Any, pointer: str = "") -> Project:
        """The project that a JSON object describes.

        Raises FoveaError that names ``pointer`` (a JSON pointer): FV-P010 for a missing or wrong
        value, FV-P011 for an unknown name, FV-P014 for a contradictory model.
        """
        if not isinstance(value, dict):
            raise _wrong(pointer, "The project must be an object.")
        for name in _SECTIONS:
            if name not in value:
                raise _wrong(f"{pointer}/{name}", f"The project has no “{name}”.")
        for name in value:
            if name not in (*_SECTIONS, *_OPTIONAL):
                raise FoveaError(
                    "FV-P011",
                    f"“{name:.80}” is not a part of a project.",
                    where=f"{pointer}/{name:.80}",
                    why="This version does not know the name.",
                    fix=suggest(name[:80], (*_SECTIONS, *_OPTIONAL)),
                )
        return cls(
            name=_name(value["name"], f"{pointer}/name"),
            data=DataSpec.from_json(value["data"], f"{pointer}/data"),
            augment=Pipeline.from_json(value["augment"], f"{pointer}/augment"),
            model=Graph.from_json(value["model"], f"{pointer}/model"),
            training=Training.from_json(value["training"], f"{pointer}/training"),
            answers=Answers.from_json(value.get("answers", {}), f"{pointer}/answers"),
            start=StartWeights.from_json(value["start"], f"{pointer}/start")
            if "start" in value
            else None,
            search=SearchSpace.from_json(value.get("search", []), f"{pointer}/search"),
        )


def _name(value: Any, pointer: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME:
        raise _wrong(pointer, f"A project's name is a text of 1 to {LONGEST_NAME} characters.")
    return value


def _wrong(pointer: str, what: str) -> FoveaError:
    return FoveaError(
        "FV-P010",
        what,
        where=pointer,
        why="The file is not as Fovea writes it.",
        kept="The file is unchanged.",
        fix="Correct the file at that place, or open an earlier version of the project.",
    )
