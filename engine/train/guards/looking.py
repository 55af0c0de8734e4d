"""Reads what the guards judge: facts of the whole run, and a look into the model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from engine.augment.mixing import epoch_order
from engine.compute.images import Normaliser
from engine.runs.glimpses import NormsRead
from engine.train.flow import flow, update_ratio
from engine.train.guards.base import Look, Plan
from engine.train.pieces import Pieces
from engine.train.probe import inferring
from engine.train.trainer import Trainer

__all__ = ["judged", "look", "plan_of", "probe_rows"]

_MOST_LABELS = 4096
_FEWEST_CHANNELS = 8  # of fewer, half are dead now and then without harm
_ALARMING = 0.6
_ALARMING_FEATURES = 0.9
_EDGE = 0.01

_ENDS: dict[type[nn.Module], tuple[float, float]] = {
    nn.Sigmoid: (0.0, 1.0),
    nn.Hardsigmoid: (0.0, 1.0),
    nn.Tanh: (-1.0, 1.0),
    nn.Softsign: (-1.0, 1.0),
}


def plan_of(trainer: Trainer) -> Plan:
    """The facts that stay; computes the loss of guessing from the training labels."""
    pieces = trainer.pieces
    recipe = pieces.recipe
    return Plan(
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
        train_images=len(pieces.train_rows),
        val_images=len(pieces.val_rows),
        chance=_chance(trainer),
        majority=_majority(pieces),
        monitor=recipe.monitor,
        peak=recipe.optimizer.peak,
        augmented=bool(pieces.pipeline.active),
        batch_norm=_batch_norm(trainer.model, pieces),
        graphics=pieces.arithmetic.device.type == "cuda",
        averaged=recipe.averaging != "none",
        evened=recipe.sampling != "natural",
    )


def probe_rows(pieces: Pieces) -> np.ndarray:
    """Training images to look through: as many as a batch has, 16 to 64, spread evenly.

    So a look costs a third of a step, whatever the model.
    """
    count = min(64, max(16, pieces.recipe.batch_size), len(pieces.train_rows))
    places = np.linspace(0, len(pieces.train_rows) - 1, count).astype(np.int64)
    return np.sort(pieces.train_rows)[places]


def judged(norms: NormsRead) -> dict[str, Any]:
    """What the norms of an update say, as the fields of a :class:`Look`: plain values, finite."""
    verdicts = {path: found.verdict for path, found in flow(norms.nodes).items()}
    odd = {p: verdict for p, verdict in verdicts.items() if "." not in p and _odd(verdict)}
    return {"change": _change(norms), "flow": odd}


def look(trainer: Trainer, rows: np.ndarray, norms: Mapping[str, Any] | None) -> Look:
    """What the model does with the images of ``rows``, beside what :func:`judged` said of norms.

    In inference mode, unaugmented; leaves no trace in model and randomness. Waits for the device
    once. Of several classes an image, ``asked`` is 1: there is no single answer to judge.
    """
    pieces = trainer.pieces
    order = pieces.images.order(rows)
    pixels = pieces.images.batch(order).to(torch.float32).mul_(pieces.scale)
    normaliser = Normaliser(pieces.normalisation, pieces.arithmetic.device)
    seen: dict[tuple[str, str], Tensor] = {}
    with ExitStack() as stack:
        for handle in _watching(trainer, seen):
            stack.callback(handle.remove)
        stack.enter_context(inferring(trainer.model))
        stack.enter_context(torch.inference_mode())
        stack.enter_context(pieces.arithmetic.autocast())
        scores = trainer.model(pieces.arithmetic.lay_out(normaliser(pixels)))
    labels = pieces.images.labels[order]
    asked = labels if labels.ndim == 1 else labels.new_zeros(len(labels), dtype=torch.int64)
    values = torch.stack([_kinds(scores.argmax(1)), _kinds(asked), *seen.values()]).tolist()
    shares = dict(zip(seen, values[2:], strict=True))
    return Look(
        epoch=trainer.position.epoch,
        **(norms or {}),
        dead={path: share for (what, path), share in shares.items() if share and what == "dead"},
        saturated={p: share for (what, p), share in shares.items() if share and what != "dead"},
        answers=int(values[0]),
        asked=int(values[1]),
    )


def _chance(trainer: Trainer) -> float:
    """The loss of uniform scores, or of scores that say the classes' shares, if that is less."""
    pieces = trainer.pieces
    recipe, shown = pieces.recipe, pieces.train_rows
    if recipe.sampling != "natural":  # the loss is that of the images as they are drawn
        shown = epoch_order(recipe.seed, 0, shown, pieces.train_labels, recipe.sampling)
    rows = shown[:: max(1, -(-len(shown) // _MOST_LABELS))]
    labels = pieces.images.labels[pieces.images.order(rows)]
    shares = _shares(labels, int(pieces.images.labels.max()) + 1)
    known = shares.log() if labels.ndim == 1 else shares.logit()
    with torch.no_grad():
        scores = (torch.zeros_like(known), known)
        losses = [trainer.loss(part.expand(len(labels), -1), labels) for part in scores]
    return float(torch.stack(losses).min())


def _majority(pieces: Pieces) -> float:
    """The accuracy of always giving the most frequent answer to the validation images."""
    labels = pieces.images.labels[pieces.images.order(pieces.val_rows)]
    if not len(labels):
        return 1.0
    if labels.ndim == 1:
        return float(labels.bincount().max()) / len(labels)
    shares = labels.float().mean(0)
    return float(torch.maximum(shares, 1 - shares).mean())


def _shares(labels: Tensor, classes: int) -> Tensor:
    """How frequent each class is, never quite 0 or 1; of several classes an image, each alone."""
    if labels.ndim == 2:
        return labels.float().mean(0).clamp_(1e-6, 1 - 1e-6)
    counts = torch.bincount(labels, minlength=classes).float()
    return counts.div_(len(labels)).clamp_min_(1e-6)


def _batch_norm(model: nn.Module, pieces: Pieces) -> str:
    """The first node whose batch norm is trained; one within a block by its path."""
    found = ""
    for path, place in pieces.places.items():
        module = model.get_submodule(place.module)
        own = [part for part in module.modules() if isinstance(part, _BatchNorm)]
        trained = any(weight.requires_grad for part in own for weight in part.parameters())
        if place.argument is None and trained and (not found or path.startswith(f"{found}.")):
            found = path
    return found


def _watching(trainer: Trainer, seen: dict[tuple[str, str], Tensor]) -> Iterator[Any]:
    """Hooks that put a share into ``seen`` for every node that can die or saturate."""
    for path, place in trainer.pieces.places.items():
        module = trainer.model.get_submodule(place.module)
        if place.argument is not None:
            continue
        if isinstance(module, (nn.ReLU, nn.ReLU6, nn.Hardswish)):
            yield module.register_forward_hook(partial(_note_dead, seen, path))
        elif type(module) in _ENDS:
            ends = _ENDS[type(module)]
            yield module.register_forward_hook(partial(_note_saturated, seen, path, ends))


def _note_dead(
    seen: dict[tuple[str, str], Tensor], path: str, _: nn.Module, __: Any, output: Tensor
) -> None:
    """Keeps the share of channels that are zero throughout, 0 while it is not alarming.

    Tokens have their channels on the last axis. Features without a place in the image answer to one
    class or one kind of image each, so many of them are zero in a healthy network.
    """
    channel = output.ndim - 1 if output.ndim == 3 else 1
    others = tuple(axis for axis in range(output.ndim) if axis != channel)
    if output.shape[channel] >= _FEWEST_CHANNELS:
        share = (output.abs().amax(others) == 0).float().mean()
        limit = _ALARMING_FEATURES if output.ndim == 2 else _ALARMING
        seen["dead", path] = share.where(share >= limit, 0.0)


def _note_saturated(
    seen: dict[tuple[str, str], Tensor],
    path: str,
    ends: tuple[float, float],
    _: nn.Module,
    __: Any,
    output: Tensor,
) -> None:
    low, high = ends
    edge = _EDGE * (high - low)
    share = ((output < low + edge) | (output > high - edge)).float().mean()
    seen["saturated", path] = share.where(share >= _ALARMING_FEATURES, 0.0)


def _kinds(classes: Tensor) -> Tensor:
    """How many different classes there are."""
    return (classes.bincount() > 0).sum().float()


def _change(norms: NormsRead) -> float | None:
    nodes = norms.nodes.items()
    ratios = [update_ratio(node) for path, node in nodes if "." not in path and not node.frozen]
    middle = median(ratios) if ratios else math.nan
    return middle if math.isfinite(middle) else None


def _odd(verdict: str) -> bool:
    return verdict in ("vanishing", "exploding", "none")
