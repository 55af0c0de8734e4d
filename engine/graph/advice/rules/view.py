"""Rules about what the layers see of the image: receptive field and stride.

The size of the objects is not known to the project; they are taken to fill the image, as those of a
classifier's images mostly do, and the sentences say that they speak of the image.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import chain

from engine.graph.advice.base import Case, Remedy, Sign, rule
from engine.graph.advice.changes import has_param, listed, set_params, without_steps
from engine.graph.advice.least import least_reach, own_reach
from engine.graph.edits import insert_on_wire
from engine.graph.records import Graph, Node, Wire
from engine.layers.base import Reach
from engine.layers.pooling import MaxPool
from engine.numbers import percent

__all__ = ["narrow_view", "skipped_pixels", "vanished_image", "wide_view"]

_NARROW = 0.5
_WIDE = 4.0
_SHRINKS = (2, 3, 4, 8)
_MOST_STEPS = 4


@rule
def narrow_view(case: Case) -> Iterator[Sign]:
    """A global pooling over features of which each saw less than half of the image's side.

    What is pooled is a bag of local features: texture decides, shape cannot (Brendel and Bethge,
    "Approximating CNNs with bag-of-local-features models", 2019). The field that matters in effect
    is even smaller (Luo et al., "Understanding the effective receptive field", 2016).
    """
    for node, layer, facts in case.known():
        pools = layer.category == "Pooling" and len(facts.inputs[0]) == 3 and facts.reach is None
        if not pools:
            continue
        feeder = case.feeders(node.id)[0]
        seen = case.analysis.nodes[feeder.id].reach
        if seen is None or seen.size >= _NARROW * case.side:
            continue
        yield Sign(
            (node.id, feeder.id),
            f"Each place that “{node.id}” pools has seen {seen.size} px, "
            f"{percent(seen.size / case.side, 0)} of the image's {case.side} px: objects that fill "
            "the image are judged by their texture, not by their shape.",
            "Shrink the image earlier, by a pooling or a stride of 2, or add layers.",
            _wider(case, feeder),
        )


def _wider(case: Case, last: Node) -> Iterator[Remedy]:
    """Poolings on the way to ``last``, the smallest and latest first, then a dilation."""
    wires = []
    for node, layer, facts in case.known():
        own = layer.reach(facts.inputs)
        arriving = case.graph.arriving(node.id)
        if own is not None and own.size > 1 and len(arriving) == 1 and node.layer.max_inputs == 1:
            wires.append(arriving[0])
    for factor in _SHRINKS:
        for wire in reversed(wires):
            yield Remedy(
                f"Pool by {factor} before {wire.target}",
                partial(_pooled, wire=wire, factor=factor),
            )
    kernel = last.layer.values().get("kernel_size")
    if isinstance(kernel, int) and kernel > 1 and has_param(last.layer, "dilation"):
        for dilation in (2, 4, 8, 16):
            yield Remedy(
                f"Set the dilation of {last.id} to {dilation}",
                partial(set_params, name=last.id, dilation=dilation),
            )


def _pooled(graph: Graph, wire: Wire, factor: int) -> Graph:
    at, behind = graph.node(wire.source), graph.node(wire.target)
    place = ((at.x + behind.x) / 2, (at.y + behind.y) / 2)
    return insert_on_wire(graph, wire, MaxPool(kernel_size=factor), *place)[0]


@rule
def wide_view(case: Case) -> Iterator[Sign]:
    """Windows on features that saw four times the image already, along every path.

    They can widen the view over border only, and cost weights without gain (Richter et al., "Should
    you go deeper? Optimizing convolutional neural network architectures without training by
    receptive field analysis", 2021). Counted along the shortest paths: a shortcut carries small
    fields past the layers, so that deep residual networks are fine.
    """
    longer = max(case.frame.height, case.frame.width)
    seen = least_reach(case.graph, case.analysis.nodes)
    idle: list[tuple[str, int]] = []
    for node, layer, facts in case.known():
        own = own_reach(layer, facts.inputs)
        if own is None or own.size <= 1:
            continue
        before = [seen.get(feeder.id) for feeder in case.feeders(node.id)]
        sizes = [reach.size for reach in before if reach is not None]
        if sizes and min(sizes) >= _WIDE * longer:
            idle.append((node.id, min(sizes)))
    if idle:
        first, size = idle[0]
        yield Sign(
            tuple(name for name, _ in idle),
            f"Before “{first}” each place has seen {size} px already, {size / longer:.1f} times "
            f"the image's {longer} px: wider windows from there on see only border.",
            "Take a stride or a pooling out of the first layers, make the later windows 1 × 1, or "
            "use larger images.",
            chain(_finer(case, before=first, late=False), _flat(case, [name for name, _ in idle])),
        )


def _flat(case: Case, names: list[str]) -> Iterator[Remedy]:
    """Windows of 1 x 1 in place of those that see border."""
    if all(has_param(case.graph.by_id[name].layer, "kernel_size") for name in names):
        yield Remedy(
            f"Set the kernel size of {listed(names)} to 1", partial(_flattened, names=names)
        )


def _flattened(graph: Graph, names: list[str]) -> Graph:
    for name in names:
        graph = set_params(graph, name, kernel_size=1)
    return graph


@rule
def vanished_image(case: Case) -> Iterator[Sign]:
    """A window on an image that strides have shrunk to a single pixel.

    Of a 3 x 3 kernel only the middle weight meets the pixel; the other eight see zeros and learn
    nothing (Richter et al., 2021), and where in the image something was is lost. The ResNets for
    images of 32 px (He et al., 2015, section 4.2) stop at 8 x 8 px.
    """
    if max(case.frame.height, case.frame.width) <= 1:
        return
    for node, layer, facts in case.known():
        if not facts.inputs or len(facts.inputs[0]) != 3 or max(facts.inputs[0][1:]) > 1:
            continue
        own = layer.reach(facts.inputs)
        if own is not None and own.size > 1 and facts.parameters:
            yield Sign(
                (node.id,),
                f"“{node.id}” works on 1 × 1 px: the strides before it have shrunk the image to a "
                "single point, so that all but the middle of its window sees border.",
                "Take a stride or a pooling out of the layers before it.",
                _finer(case, before=node.id, late=True),
            )
            return


def _finer(case: Case, before: str, late: bool) -> Iterator[Remedy]:
    """Edits that take one, two … steps out of what stands before a node."""
    steps: list[str] = []
    for node, layer, facts in case.known():
        if node.id == before:
            break
        own = layer.reach(facts.inputs)
        if (
            own is not None
            and own.step > 1
            and (has_param(node.layer, "stride") or layer.category == "Pooling")
        ):
            steps.append(node.id)
    steps = steps[::-1] if late else steps
    for count in range(1, min(_MOST_STEPS, len(steps)) + 1):
        chosen = steps[:count]
        yield Remedy(
            f"Take the stride out of {listed(chosen, _MOST_STEPS)}",
            partial(without_steps, names=chosen),
        )


@rule
def skipped_pixels(case: Case) -> Iterator[Sign]:
    """A window that steps farther than it is wide, where nothing else looks at its input.

    Pixels between two windows are never read; the stride loses a part of the image. A 1 x 1
    convolution with a stride of 2 "ignores three-quarters of the input" (He et al., "Bag of tricks
    for image classification", 2019, section 4.1). In a shortcut that is bearable: the branch beside
    it reads them.
    """
    for node, layer, facts in case.known():
        own = layer.reach(facts.inputs) if len(facts.inputs) == 1 else None
        if own is None or own.step <= own.size:
            continue
        if any(len(case.followers(feeder.id)) > 1 for feeder in case.feeders(node.id)):
            continue
        lost = 1 - (own.size / own.step) ** 2
        yield Sign(
            (node.id,),
            f"“{node.id}” steps {own.step} px with a window of {own.size} px: it never looks at "
            f"{percent(float(lost), 0)} of what arrives.",
            "Choose a window at least as wide as the stride.",
            _covering(node, own),
        )


def _covering(node: Node, own: Reach) -> Iterator[Remedy]:
    side = int(own.step)
    if node.layer.category != "Pooling":
        side |= 1  # an odd window keeps the image centred
    if has_param(node.layer, "kernel_size"):
        yield Remedy(
            f"Set the kernel size of {node.id} to {side}",
            partial(set_params, name=node.id, kernel_size=side),
        )
    if has_param(node.layer, "stride"):
        yield Remedy(
            f"Set the stride of {node.id} to {own.size}",
            partial(set_params, name=node.id, stride=own.size),
        )
