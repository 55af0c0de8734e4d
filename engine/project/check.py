"""What stands between a project and a good run, without torch and in milliseconds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from engine.augment.pipeline import Card
from engine.augment.safety import QUESTIONS, Doubt, doubts
from engine.compile.memory import available_memory, training_memory
from engine.graph.advice import advise
from engine.graph.analysis import analyse
from engine.graph.facts import Analysis
from engine.layers.base import Frame
from engine.layers.ends import Output
from engine.problems import Problem
from engine.project.document import Project
from engine.project.options import options
from engine.transforms.base import ImageFacts

if TYPE_CHECKING:
    from engine.data.manifest import Manifest

__all__ = ["check", "errors"]

_FEW_STEPS = 100
_MOST_NAMED = 6
_SMALL_MODEL = 2**30  # bytes that any computer has: not worth asking how many are free


def check(project: Project, manifest: Manifest | None = None) -> tuple[Problem, ...]:
    """All problems, by section: images, augmentation, model, recipe; then advice on the model.

    ``"error"`` ones would stop a training.

    Without the ``manifest`` (the list of images), what depends on their number is left out; what
    the scan found in the images themselves is in ``manifest.findings``.
    """
    sizes = _split_sizes(project, manifest) if manifest is not None else {}
    multi = manifest is not None and manifest.multi
    return (*_kind(project, multi=multi), *_sections(project, sizes), *_advice(project))


def errors(project: Project) -> tuple[Problem, ...]:
    """Only what would stop a training; without advice, for it is asked for at every edit."""
    return tuple(found for found in _sections(project, {}) if found.severity == "error")


def _sections(project: Project, sizes: dict[str, _Part]) -> Iterator[Problem]:
    yield from _images(project)
    yield from _splits(project, sizes)
    yield from _augmentation(project)
    yield from _model(project)
    yield from _recipe(project, sizes["train"].images if sizes else 0)


def _images(project: Project) -> Iterator[Problem]:
    classes = project.data.classes
    if not project.data.manifest:
        yield Problem(
            "error",
            "The project has no images yet.",
            "data.source",
            "Import a folder with one subfolder for each class.",
        )
    elif len(classes) < 2:
        yield Problem(
            "error",
            f"There is only one class, “{classes[0]:.60}”." if classes else "There are no classes.",
            "data.classes",
            "Add images of a second class: a classifier tells classes apart.",
        )


def _kind(project: Project, *, multi: bool) -> Iterator[Problem]:
    if multi and project.data.targets != "multi":
        yield Problem(
            "error",
            "The images can have several classes, but the project expects one for each.",
            "data.targets",
            "Set the classes to multi on the Data page.",
            "FV-D020",
        )


class _Part(NamedTuple):
    """How many images a split has, and how many of each class."""

    images: int
    classes: list[int]


def _split_sizes(project: Project, manifest: Manifest) -> dict[str, _Part]:
    """Images in each split, and per class."""
    from engine.data.split import split

    codes = split(manifest, project.data).tolist()
    counts = [[0] * len(manifest.classes) for _ in range(3)]
    for item, part in zip(manifest.items, codes, strict=True):
        for label in item.every_label:
            counts[part][label] += 1
    names = ("train", "val", "test")
    return {name: _Part(codes.count(i), counts[i]) for i, name in enumerate(names)}


def _splits(project: Project, sizes: dict[str, _Part]) -> Iterator[Problem]:
    if not sizes:
        return
    for name, count in zip(project.data.classes, sizes["train"].classes, strict=False):
        if count == 0:
            yield Problem(
                "error",
                f"The class “{name:.60}” has no training images.",
                "data.classes",
                "Add images of this class, or remove the class.",
                "FV-D012",
            )
    if not sizes["val"].images:
        yield Problem(
            "error",
            "There are no validation images, so no epoch can be named the best.",
            "data.validation",
            "Raise the validation part, or add images.",
            "FV-D012",
        )
    if not sizes["test"].images:
        yield Problem(
            "note",
            "There are no test images for a final evaluation.",
            "data.test",
            "Raise the test part before the first training.",
        )


def _augmentation(project: Project) -> Iterator[Problem]:
    """Settings that cannot work on these images, then cards that can change labels."""
    side = project.data.size
    images = ImageFacts(project.data.channel_count, side, side)
    for card in project.augment.active:
        for misfit in card.transform.misfits(images):
            place = f"augment.{card.id}.{misfit.field}".rstrip(".")
            yield Problem("error", misfit.message, place, misfit.fix)
    found = doubts(project.augment, project.answers, images.channels)
    yield from (_harmful(project, doubt) for doubt in found if doubt.answer is True)
    unasked = [doubt for doubt in found if doubt.answer is None]
    for name in dict.fromkeys(doubt.question for doubt in unasked):
        yield _unasked(project, name, [doubt.card for doubt in unasked if doubt.question == name])


def _harmful(project: Project, doubt: Doubt) -> Problem:
    question, card = QUESTIONS[doubt.question], project.augment.card(doubt.card)
    return Problem(
        "warning",
        f"“{card.transform.title}” can {question.change}, and you said that this matters for the "
        f"classes. {question.consequence}",
        f"augment.{card.id}",
        "Change the card's settings, switch it off, or change the answer.",
    )


def _unasked(project: Project, name: str, ids: list[str]) -> Problem:
    question, cards = QUESTIONS[name], [project.augment.card(id) for id in ids]
    return Problem(
        "note",
        f"{_titles(cards)} can {question.change}. {question.text}",
        f"augment.{ids[0]}",
        f"Answer the question “{question.title}” on the Augment page, or with augment answer "
        f"{name}.",
    )


def _titles(cards: list[Card]) -> str:
    titles = list(dict.fromkeys(f"“{card.transform.title}”" for card in cards))
    return " and ".join([", ".join(titles[:-1]), titles[-1]] if titles[1:] else titles)


def _model(project: Project) -> Iterator[Problem]:
    """What keeps the model from being built, or from starting as it was told to."""
    analysis = analyse(project.model, _frame(project))
    yield from analysis.problems
    yield from _enormous(analysis.parameters)
    yield from _weights(project, analysis)


def _advice(project: Project) -> Iterator[Problem]:
    """What should be changed about a model that can be built."""
    frame = _frame(project)
    analysis = analyse(project.model, frame)
    for finding in advise(project.model, frame, analysis, project.training.loss):
        yield finding.problem()


def _frame(project: Project) -> Frame:
    """That of the data; with two classes where there are fewer, which is told elsewhere."""
    frame = project.frame()
    return replace(frame, classes=max(2, frame.classes))


def _enormous(parameters: int) -> Iterator[Problem]:
    """Predicts that the weights will not fit, before anything is allocated."""
    needed = training_memory(parameters)
    free = available_memory() if needed > _SMALL_MODEL else None
    if free is not None and needed > free:
        yield Problem(
            "error",
            f"The model is too large for this computer: its {parameters:,} parameters need "
            f"{needed / 1e9:,.1f} GB or more in training, {free / 1e9:,.1f} GB are free.",
            "model",
            "Reduce the channels or features of the largest layers.",
            "FV-M006",
        )


def _weights(project: Project, analysis: Analysis) -> Iterator[Problem]:
    """All layers frozen, and nodes that do not start from the loaded weights, the head apart."""
    nodes = [node for node in project.model.nodes if analysis.nodes[node.id].parameters]
    if nodes and all(node.lr_factor == 0 for node in nodes):
        yield Problem(
            "error",
            "Every layer with weights is frozen, so there is nothing to train.",
            "model",
            "Unfreeze at least the last layer.",
            "FV-T015",
        )
    if project.start is None:
        return
    loaded = project.start.by_node
    nodes = [node for node in nodes if not isinstance(node.layer, Output)]
    without = [node.id for node in nodes if not loaded.get(node.id)]
    if without:
        verb = "starts" if len(without) == 1 else "start"
        yield Problem(
            "note",
            f"{_named(without)} {verb} at random: {project.start.source} gives no weights there.",
            without[0],
            "Load the weights again if these nodes should start from them.",
        )
    for node in nodes:
        has, count = loaded.get(node.id, 0), analysis.nodes[node.id].parameters
        if 0 < has != count:
            yield Problem(
                "note",
                f"“{node.id}” has {count:,} weights, {has:,} of which {project.start.source} "
                "filled; layers that do not fit start at random.",
                node.id,
                "Load the weights again if its settings were changed.",
            )


def _named(ids: list[str]) -> str:
    shown = ", ".join(f"“{name}”" for name in ids[:_MOST_NAMED])
    rest = len(ids) - _MOST_NAMED
    return f"{shown} and {rest:,} more nodes" if rest > 0 else shown


def _several(project: Project) -> Iterator[Problem]:
    """What does not go together with several classes an image."""
    recipe = project.training
    if project.data.targets == "multi" and recipe.sampling != "natural":
        yield Problem(
            "error",
            "Classes cannot be drawn alike where an image can have several of them.",
            "training.sampling",
            "Choose natural.",
            "FV-H002",
        )


def _loss(project: Project) -> Iterator[Problem]:
    """A loss that cannot work with these classes, or that ignores their order."""
    loss, classes = project.training.loss, len(project.data.classes)
    trouble = loss.trouble(project.data.targets, classes) if classes else ""
    if trouble:
        yield Problem(
            "error",
            trouble,
            "training.loss",
            "Choose another loss, or change what the classes are on the Data page.",
            "FV-H002",
        )
    elif project.data.targets == "ordinal" and "single" in loss.suits:
        yield Problem(
            "note",
            f"The classes have an order, and the loss “{loss.title}” does not use it.",
            "training.loss",
            "Soft ordinal or squared earth mover's make far misses cost more.",
        )


def _recipe(project: Project, images: int) -> Iterator[Problem]:
    yield from _loss(project)
    yield from _several(project)
    recipe = project.training
    yield from options(project)
    if recipe.early_stopping is not None and recipe.early_stopping >= recipe.epochs:
        yield Problem(
            "note",
            f"Early stopping after {recipe.early_stopping} epochs never happens in a run of "
            f"{recipe.epochs}.",
            "training.early_stopping",
            "Choose fewer epochs of patience, or switch it off.",
        )
    for found in recipe.schedule.conflicts(recipe.epochs, recipe.early_stopping):
        yield replace(found, where=f"training.schedule.{found.where}")
    if not images:
        return
    batch = recipe.batch_size
    if batch > images:
        yield Problem(
            "warning",
            f"A batch of {batch:,} is larger than the {images:,} training images: every epoch is "
            "one step.",
            "training.batch_size",
            f"Choose a batch size of at most {max(2, images // 4):,}.",
        )
    elif images % batch == 1:
        yield Problem(
            "note",
            "The last batch of an epoch would hold one image and is left out.",
            "training.batch_size",
            "Nothing is lost over several epochs: the order changes with each.",
        )
    steps = recipe.epochs * max(1, math.ceil(images / batch))
    if steps < _FEW_STEPS:
        yield Problem(
            "warning",
            f"The run takes only {steps:,} steps, too few to learn much.",
            "training.epochs",
            "Train more epochs or use smaller batches.",
        )
