"""Search spaces to start from, made for the project that they are chosen for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.blocks.dropping import dropouts, paths
from engine.errors import FoveaError, suggest
from engine.graph.edits import can_stand_in_wire
from engine.project.address import addresses
from engine.project.document import Project
from engine.project.searching import proposed
from engine.search.records import MOST, Searched, SearchSpace

__all__ = ["PRESETS", "Preset", "preset"]

_SIZES = ("out_channels", "kernel_size", "repeats", "width")


@dataclass(frozen=True, slots=True)
class Preset:
    """A search space to start from.

    Attributes:
        name: what ``--preset`` takes. title, summary: what a person reads.
        rows: the settings to search in a project.
    """

    name: str
    title: str
    summary: str
    rows: Callable[[Project], Iterator[Searched]]


def preset(project: Project, name: str) -> SearchSpace:
    """The search space of a preset for a project; raises FoveaError FV-H003 for another name.

    At most as many settings as a project may search, the first ones.
    """
    if name not in PRESETS:
        raise FoveaError(
            "FV-H003",
            f"There is no preset named “{name:.60}”.",
            why="The name is not one of the presets of a search.",
            fix=suggest(name[:60], PRESETS),
        )
    unique = {row.address: row for row in PRESETS[name].rows(project)}
    return SearchSpace(tuple(unique.values())[:MOST])


def _basic(_: Project) -> Iterator[Searched]:
    yield Searched("training.optimizer.lr", 1e-5, 0.1, log=True)
    yield Searched("training.batch_size", choices=(32, 64, 128))
    yield Searched("training.optimizer", choices=("adam", "rmsprop", "sgd"))


def _regularisation(project: Project) -> Iterator[Searched]:
    wished = ["training.optimizer.weight_decay", "training.loss.label_smoothing"]
    wished += ["training.dropout"] if dropouts(project.model) else []
    wished += ["training.drop_path"] if paths(project.model) else []
    wished += ["training.l1"]
    known = dict(addresses(project))
    yield from (proposed(project, address) for address in wished if address in known)


def _augmentation(project: Project) -> Iterator[Searched]:
    """Each card on or off, and how strong and how often."""
    for card in project.augment.cards:
        yield proposed(project, f"augment.{card.id}.on")
        yield proposed(project, f"augment.{card.id}.probability")
        for item in card.transform.params():
            if item.search is not None and not item.advanced:
                yield proposed(project, f"augment.{card.id}.{item.name}")


def _architecture(project: Project) -> Iterator[Searched]:
    """The size of the images, the widths and kernels, and blocks that may be left out."""
    yield proposed(project, "data.size")
    for node in project.model.nodes:
        names = {item.name for item in node.layer.params()}
        yield from (
            proposed(project, f"model.{node.id}.{name}") for name in _SIZES if name in names
        )
        if node.layer.category == "Block" and can_stand_in_wire(node.layer):
            yield proposed(project, f"model.{node.id}.present")


def _everything(project: Project) -> Iterator[Searched]:
    for name in ("basic", "regularisation", "augmentation", "architecture"):
        yield from PRESETS[name].rows(project)


PRESETS: dict[str, Preset] = {
    made.name: made
    for made in (
        Preset(
            "basic",
            "Basic",
            "Learning rate, batch size and optimizer: where most of the accuracy lies.",
            _basic,
        ),
        Preset(
            "regularisation",
            "Regularisation",
            "What keeps the network from learning the training images by heart.",
            _regularisation,
        ),
        Preset(
            "augmentation",
            "Augmentation",
            "Which cards, how often and how strong.",
            _augmentation,
        ),
        Preset(
            "architecture",
            "Architecture",
            "Image size, widths, kernels, and blocks that may be left out.",
            _architecture,
        ),
        Preset(
            "everything",
            "Everything",
            "All of these; needs hundreds of trials to be worth it.",
            _everything,
        ),
    )
}
"""By name, in the order to show."""
