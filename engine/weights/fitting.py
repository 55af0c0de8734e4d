"""Weights of a file brought to a model: what fits, how, and why the rest does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.weights.order import names_in_order
from engine.weights.pairing import OPTIONAL, layers_of, pair, plain_names
from engine.weights.read import read_weights
from engine.weights.report import Report, Row

if TYPE_CHECKING:
    import torch

__all__ = ["Fitted", "fit", "fit_file", "fit_model"]

_Found = tuple["torch.Tensor | None", Row]


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a file gives a model.

    Attributes:
        report: what happens to each tensor.
        tensors: what is loaded, under the model's names, in its types and shapes.
        parameters: how many of its weights each node gets, in the order of the tensors; from
            :func:`fit` by the names of the model's modules, from :func:`fit_file` by those of its
            nodes.
    """

    report: Report
    tensors: Mapping[str, torch.Tensor]
    parameters: tuple[tuple[str, int], ...]


def fit_file(path: Path, graph: Graph, frame: Frame) -> Fitted:
    """The weights in a file, fitted to a project's model; nothing is changed.

    Raises FoveaError: FV-M013 for a file that cannot be read, FV-M001 to FV-M006 for a model that
    cannot be built.
    """
    return fit_model(plain_names(read_weights(path)), graph, frame)


def fit_model(given: Mapping[str, torch.Tensor], graph: Graph, frame: Frame) -> Fitted:
    """Any tensors fitted to a project's model; raises as :func:`fit_file`, FV-M013 apart."""
    from engine.compile.assemble import module_names
    from engine.compile.module import compile_model

    model = compile_model(graph, frame, seed=0)
    state = model.state_dict()
    own = {name: state[name] for name in names_in_order(model)}
    learned = {name for name, _ in model.named_parameters()}
    fitted = fit(own, given, learned)
    ids = {module: node for node, module in module_names(graph).items()}
    by_id = tuple((ids.get(module, module), count) for module, count in fitted.parameters)
    return replace(fitted, parameters=by_id)


def fit(
    own: Mapping[str, torch.Tensor], given: Mapping[str, torch.Tensor], learned: Iterable[str]
) -> Fitted:
    """The tensors of ``given`` brought to those of ``own`` (see :mod:`engine.weights.pairing`).

    ``own`` is in the order of :func:`names_in_order`; ``learned`` names the parameters in it.

    Floating-point values of other precisions become the model's. The first layer of a file for
    colour images gets the sum of its weights over the channels when the model sees grey images:
    the same as showing it the grey image in all channels. One for grey images, in a model for more
    channels, gets its weights divided by their number in each. The last layer starts anew where
    the classes differ in number. Other differences leave a layer as it is, as a whole.
    """
    pairs, how = pair(own, given)
    layers = [name.rpartition(".")[0] for name in own] or [""]
    ends = (layers[0], layers[-1])
    found = {name: _one(name, pairs.get(name), own, given, ends) for name in own}
    for names in layers_of(own).values():
        _all_or_none(names, found)
    used = set(pairs.values())
    extra = [
        Row("", name, "extra", _shape(value)) for name, value in given.items() if name not in used
    ]
    tensors = {name: value for name, (value, _) in found.items() if value is not None}
    report = Report(how, (*(row for _, row in found.values()), *extra))
    return Fitted(report, tensors, _by_node(tensors, set(learned)))


def _one(
    name: str,
    source: str | None,
    own: Mapping[str, torch.Tensor],
    given: Mapping[str, torch.Tensor],
    ends: tuple[str, str],
) -> _Found:
    import torch

    wanted = own[name]
    if source is None:
        if name.endswith(OPTIONAL):
            return wanted, Row(name, "", "loaded", "a counter that starts at 0")
        return None, Row(name, "", "missing", _shape(wanted))
    value = given[source]
    if value.is_floating_point() != wanted.is_floating_point():
        return None, Row(name, source, "dtype", f"{_type(value)}; {_type(wanted)} here")
    brought, note = _shaped(value.to(wanted.dtype), wanted, first=name.startswith(f"{ends[0]}."))
    if brought is None:
        head = name.startswith(f"{ends[1]}.") and value.shape[1:] == wanted.shape[1:]
        shapes = f"{_shape(value)} in the file, {_shape(wanted)} here"
        return None, Row(name, source, "head" if head else "shape", shapes)
    if brought.is_floating_point() and not bool(torch.isfinite(brought).all()):
        return None, Row(name, source, "not_finite", _shape(value))
    if value.dtype != wanted.dtype:
        note = "; ".join(filter(None, (f"converted from {_type(value)}", note)))
    return brought, Row(name, source, "loaded", note)


def _shaped(
    value: torch.Tensor, wanted: torch.Tensor, *, first: bool
) -> tuple[torch.Tensor | None, str]:
    """The value in the wanted shape and how, or None."""
    if value.shape == wanted.shape:
        return value, ""
    flat = [tuple(n for n in shape if n != 1) for shape in (value.shape, wanted.shape)]
    if flat[0] == flat[1]:
        return value.reshape(wanted.shape), f"{_shape(value)} laid out as {_shape(wanted)}"
    others = value.ndim == wanted.ndim and value.ndim > 2 and first
    if others and value.shape[:1] + value.shape[2:] == wanted.shape[:1] + wanted.shape[2:]:
        there, here = value.shape[1], wanted.shape[1]
        if here == 1:
            return value.sum(1, keepdim=True), f"summed over {there} channels"
        if there == 1:
            return value.expand_as(wanted) / here, f"shared out to {here} channels"
    return None, ""


def _all_or_none(names: list[str], found: dict[str, _Found]) -> None:
    """Takes back what was found for a layer when one of its tensors is not there."""
    if all(found[name][0] is not None for name in names):
        return
    head = any(found[name][1].status == "head" for name in names)
    for name in names:
        value, row = found[name]
        if value is not None:
            status = "head" if head else "left"
            found[name] = None, Row(row.target, row.source, status, row.note)


def _by_node(tensors: Mapping[str, torch.Tensor], learned: set[str]) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = {}
    for name, value in tensors.items():
        if name in learned:
            node = name.partition(".")[0]
            counts[node] = counts.get(node, 0) + value.numel()
    return tuple(counts.items())


def _type(value: torch.Tensor) -> str:
    return str(value.dtype).removeprefix("torch.")


def _shape(value: torch.Tensor) -> str:
    return " × ".join(str(n) for n in value.shape) or "one value"
