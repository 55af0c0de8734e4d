"""One name for every setting of a project: ``training.optimizer.lr``, ``model.stem.out_channels``.

Forms, undo, the tuner and the command line speak of settings by address:

* ``training.NAME``, ``data.NAME`` and deeper for nested settings (``training.optimizer.lr``);
* ``augment.NAME`` for the pipeline, ``augment.CARD.NAME`` for a card by its id, or by its kind when
  there is one of it, with ``on`` and ``probability`` beside the transform's own settings, and
  ``augment.GROUP.NAME`` for a group of cards (``on``, ``pick``, ``probability``);
* ``model.NODE.NAME`` for a node's layer, ``model.NODE.lr_factor`` for how fast its weights learn (0
  freezes them), ``model.NODE.present`` for whether it is there at all, and ``model`` for the whole,
  which a template's name replaces; in a block of the person's own also
  ``model.BLOCK.PARAMETER`` for what it names, and ``model.BLOCK.NODE.NAME``, as deep as blocks
  lie in each other. Setting what a parameter drives sets the parameter.

Where a setting is one of several kinds (``training.optimizer``, ``model.stem``), writing a kind's
name switches to it; see ``Spec.taking_over`` for what is kept of the settings.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import islice
from typing import Any

from engine.augment.edits import set_card, set_group
from engine.augment.pipeline import CardSettings, Group, GroupSettings, PipelineSettings
from engine.blocks.custom import Custom
from engine.errors import FoveaError, suggest
from engine.graph.edits import can_stand_in_wire, remove, set_layer, set_training
from engine.graph.records import Graph
from engine.graph.training import NodeTraining
from engine.layers.base import LAYERS, Layer
from engine.project.document import Project
from engine.registry import Registry
from engine.spec import Param, Spec, param
from engine.templates import TEMPLATES
from engine.transforms.base import TRANSFORMS

__all__ = ["addresses", "describe", "get", "put", "put_text"]

SECTIONS = ("augment", "data", "model", "training")
_FACTOR = NodeTraining.params()[0]


class _Presence(Spec):
    """The switch of a node that can be left out."""

    present: bool = param(
        True,
        label="There",
        help="Whether the node is there; left out, what fed it feeds what it fed.",
    )


_PRESENT = _Presence.params()[0]
_MODEL = Param(
    name="model",
    type="choice",
    default=None,
    choices=tuple(TEMPLATES),
    optional=True,
    label="Network",
    help="The network as it is drawn, or a template in its place.",
    search=(None, "small_resnet", "broad_resnet", "small_cnn"),
)
_MOST_COMPARED = 2_000  # addresses that a near miss is looked for in


def get(project: Project, address: str) -> Any:
    """The value at an address; raises FoveaError FV-H003 with the nearest address."""
    with _naming(project, address):
        return _find(project, address).value


def describe(project: Project, address: str) -> Param:
    """What is known about the setting at an address; raises FoveaError FV-H003."""
    with _naming(project, address):
        return _find(project, address).param


def put(project: Project, address: str, value: Any) -> Project:
    """The project with one value changed, and everything else the same objects.

    A value equal to the present one gives back ``project`` itself. Raises FoveaError: FV-H003
    (no such address), FV-H001 and FV-H002 (a value that is not allowed), naming the address.
    """
    with _naming(project, address):
        return _find(project, address).put(value)


def put_text(project: Project, address: str, text: str) -> Project:
    """The project with the value that a person typed; see :func:`put` and ``Spec.parse``."""
    with _naming(project, address):
        place = _find(project, address)
        return place.put(place.parse(text))


def addresses(project: Project) -> Iterator[tuple[str, Param]]:
    """Every address of the project with what is known about it, section by section."""
    yield from _walk(project.data, "data")
    yield from _walk(project.augment.settings, "augment")
    for group in project.augment.groups:
        yield from _walk(group.settings, f"augment.{group.id}")
    for card in project.augment.cards:
        yield from _walk(card.settings, f"augment.{card.id}")
        yield from _walk(card.transform, f"augment.{card.id}")
    yield from _walk_graph(project.model, "model")
    yield from _walk(project.training, "training")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an address leads: the value there, its declaration, and how to change it."""

    param: Param
    value: Any
    put: Callable[[Any], Project]
    parse: Callable[[str], Any]


def _find(project: Project, address: str) -> _Place:
    section, *names = address.split(".")
    if section == "training" and names:
        return _in_spec(project.training, names, lambda new: _set(project, training=new))
    if section == "data" and names:
        return _in_spec(project.data, names, lambda new: _set(project, data=new))
    if section == "augment" and names:
        return _in_pipeline(project, names)
    if section == "model":
        return _in_model(project, names) if names else _whole_model(project)
    raise _unknown(section, SECTIONS)


def _in_spec(spec: Spec, names: list[str], put: Callable[[Any], Project]) -> _Place:
    item = spec.param(names[0])
    value = getattr(spec, item.name)

    def put_here(new: Any) -> Project:
        if item.type == "spec" and isinstance(new, str):
            new = _of_kind(value, item.family, new)
        changed = spec.with_(**{item.name: new})
        return put(spec if changed == spec else changed)

    if len(names) > 1:
        if not isinstance(value, Spec):
            raise _unknown(names[1], ())
        return _in_spec(value, names[1:], put_here)
    if item.type == "spec":
        return _Place(item, value, put_here, lambda text: _of_kind(value, item.family, text))
    return _Place(item, value, put_here, lambda text: spec.parse(item.name, text))


def _whole(spec: Spec, name: str, family: Registry[Any], put: Callable[[Any], Project]) -> _Place:
    """The place of a layer or transform as a whole, which can be switched by its kind."""

    def put_here(new: Any) -> Project:
        new = _of_kind(spec, family, new) if isinstance(new, str) else new
        if not isinstance(new, Spec) or new.kind not in family:
            what = f"This is not a {family.family}."
            raise FoveaError("FV-H001", what, why=f"Found {new!r:.60}.")
        return put(spec if new == spec else new)

    item = Param(name=name, type="spec", default=None, label=spec.title, family=family)
    return _Place(item, spec, put_here, lambda text: _of_kind(spec, family, text))


def _whole_model(project: Project) -> _Place:
    """The place of the network: ``None`` leaves it as it is, a template's name replaces it."""

    def put_here(new: Any) -> Project:
        if new is None:
            return project
        if new not in TEMPLATES:
            what = f"There is no template named “{new!s:.60}”."
            raise FoveaError("FV-H001", what, fix=suggest(str(new)[:60], TEMPLATES))
        return _set(project, model=TEMPLATES[new].build(project.frame()), start=None)

    def parse(text: str) -> str | None:
        return text.strip() or None

    return _Place(_MODEL, None, put_here, parse)


def _in_model(project: Project, names: list[str]) -> _Place:
    return _in_graph(project.model, names, lambda new: _set(project, model=new))


def _in_graph(graph: Graph, names: list[str], put: Callable[[Graph], Project]) -> _Place:
    if names[0] not in graph:
        raise _unknown(names[0], graph.by_id)
    node = graph.node(names[0])

    def put_layer(layer: Any) -> Project:
        return put(graph if layer is node.layer else set_layer(graph, node.id, layer))

    if len(names) == 1:
        return _whole(node.layer, node.id, LAYERS, put_layer)
    if names[1:] == [_FACTOR.name] and _has_factor(node.layer):
        before = NodeTraining(lr_factor=node.lr_factor)
        return _in_spec(
            before,
            names[1:],
            lambda new: put(graph if new is before else set_training(graph, [node.id], new)),
        )
    if names[1:] == [_PRESENT.name] and can_stand_in_wire(node.layer):
        return _Place(
            _PRESENT,
            value=True,
            put=lambda new: put(graph if _as_switch(new) else remove(graph, [node.id])),
            parse=lambda text: _Presence.parse(_PRESENT.name, text),
        )
    if isinstance(node.layer, Custom):
        return _in_block(node.layer, names[1:], put_layer)
    return _in_spec(node.layer, names[1:], put_layer)


def _in_block(block: Custom, names: list[str], put: Callable[[Layer], Project]) -> _Place:
    """A parameter of the block, one of its own settings, or something inside."""
    settings = block.settings
    if len(names) == 1 and names[0] in block.knobs and settings is not None:
        return _in_spec(settings, names, lambda new: put(block.with_settings(new)))
    own = {item.name for item in block.params() if item.type != "value"}
    if len(names) == 1 and names[0] in own:
        return _in_spec(block, names, put)
    if names[0] in block.opened:
        return _in_graph(block.opened, names, lambda new: put(block.with_inner(new)))
    raise _unknown(names[0], [*block.knobs.by_id, *own, *block.opened.by_id])


def _in_pipeline(project: Project, names: list[str]) -> _Place:
    pipeline = project.augment
    if len(names) == 1 and names[0] in {item.name for item in PipelineSettings.params()}:

        def put_settings(new: Any) -> Project:
            same = new is settings
            return project if same else _set(project, augment=replace(pipeline, **new.values()))

        settings = pipeline.settings
        return _in_spec(settings, names, put_settings)
    for group in pipeline.groups:
        if group.id == names[0]:
            return _in_group(project, group, names[1:])
    card = pipeline.card(names[0])

    def put_card(**changes: Any) -> Project:
        return _set(project, augment=set_card(pipeline, card.id, **changes))

    def put_transform(new: Any) -> Project:
        return project if new is card.transform else put_card(transform=new)

    if len(names) == 1:
        return _whole(card.transform, card.id, TRANSFORMS, put_transform)
    if names[1] in {item.name for item in CardSettings.params()}:
        before = card.settings
        return _in_spec(
            before, names[1:], lambda new: project if new is before else put_card(**new.values())
        )
    return _in_spec(card.transform, names[1:], put_transform)


def _in_group(project: Project, group: Group, names: list[str]) -> _Place:
    before = group.settings

    def put_group(new: Any) -> Project:
        if new is before:
            return project
        return _set(project, augment=set_group(project.augment, group.id, **new.values()))

    if not names:
        raise _unknown(group.id, [f"{group.id}.{item.name}" for item in GroupSettings.params()])
    return _in_spec(before, names, put_group)


def _as_switch(value: Any) -> bool:
    return _Presence(present=value).present


def _set(project: Project, **changes: Any) -> Project:
    """The project with parts replaced, or itself where they are the ones it has."""
    same = all(getattr(project, name) is new for name, new in changes.items())
    return project if same else project.with_(**changes)


def _of_kind(spec: Any, family: Any, kind: str) -> Spec:
    """What a kind's name stands for here; the present spec when it is of that kind already."""
    if not isinstance(family, Registry):
        raise FoveaError("FV-H001", "This is a group of settings.", fix="Set one of its settings.")
    try:
        cls = family.get(kind.strip())
    except FoveaError as error:
        error.code = "FV-H001"
        raise
    return spec if type(spec) is cls else cls.taking_over(spec)


def _walk_graph(
    graph: Graph, prefix: str, driven: Collection[str] = ()
) -> Iterator[tuple[str, Param]]:
    """The settings of all nodes, but for those that a parameter of the block around drives.

    ``driven`` are addresses within ``graph``.
    """
    for node in graph.nodes:
        layer = node.layer
        inner = {name.partition(".")[2] for name in driven if name.startswith(f"{node.id}.")}
        own = _walk(layer, f"{prefix}.{node.id}")
        if isinstance(layer, Custom):
            own = _walk_block(layer, f"{prefix}.{node.id}", inner)
        if _has_factor(layer):
            yield f"{prefix}.{node.id}.{_FACTOR.name}", _FACTOR
        hidden = {f"{prefix}.{node.id}.{name}" for name in inner}
        yield from ((name, item) for name, item in own if name not in hidden)


def _has_factor(layer: Layer) -> bool:
    """Whether a node can have weights, and nothing of its own hides the name of their factor."""
    if isinstance(layer, Custom):
        return _FACTOR.name not in layer.knobs and _FACTOR.name not in layer.opened
    return layer.max_inputs != 0


def _walk_block(block: Custom, prefix: str, driven: Collection[str]) -> Iterator[tuple[str, Param]]:
    if block.settings is not None:
        yield from _walk(block.settings, prefix)
    yield from _walk(block, prefix)
    yield from _walk_graph(block.opened, prefix, {*driven, *block.knobs.by_target})


def _walk(spec: Spec, prefix: str) -> Iterator[tuple[str, Param]]:
    for item in spec.params():
        if item.type == "value":
            continue
        yield f"{prefix}.{item.name}", item
        value = getattr(spec, item.name)
        if isinstance(value, Spec):
            yield from _walk(value, f"{prefix}.{item.name}")


@contextlib.contextmanager
def _naming(project: Project, address: str) -> Iterator[None]:
    """Makes an error name the whole address, and an unknown one the nearest that exists."""
    try:
        yield
    except FoveaError as error:
        error.where = address[:200]
        if error.code == "FV-H003":
            error.fix = _nearest(project, address[:200]) or error.fix
        raise


def _nearest(project: Project, address: str) -> str:
    known = [name for name, _ in islice(addresses(project), _MOST_COMPARED)]
    last = address.rpartition(".")[2]
    same_end = [name for name in known if name.rpartition(".")[2] == last]
    near = get_close_matches(address, same_end, 1, 0.4) or get_close_matches(address, known, 1, 0.7)
    return f"Did you mean “{near[0]}”?" if near else ""


def _unknown(name: str, known: Collection[str]) -> FoveaError:
    return FoveaError(
        "FV-H003",
        f"There is no setting named “{name:.80}”.",
        why="The address leads nowhere in this project.",
        fix=suggest(name[:80], known) if known else "",
    )
