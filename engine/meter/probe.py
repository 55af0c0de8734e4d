"""The small network that the meter trains, and one of its short trainings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from engine.compile.module import compile_model
from engine.compute.device import Arithmetic
from engine.graph.builder import GraphBuilder
from engine.graph.records import Graph
from engine.layers.activation import Relu
from engine.layers.base import Frame
from engine.layers.convolution import Conv2d
from engine.layers.ends import Input, Output
from engine.layers.normalisation import BatchNorm
from engine.layers.pooling import GlobalAvgPool, MaxPool
from engine.meter.bank import Bank, Tell, Views
from engine.randomness import numpy_permutation

__all__ = ["Schedule", "probe_graph", "score_views", "train_probe"]

WIDTHS = (16, 32, 64, 64)
PEAK = 4e-3
WEIGHT_DECAY = 1e-3
BATCH = 32
LOOKS = 9_000
"""Images shown in one training: about 4 s on one processor core, for colour images of 32 px."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long one training is: epochs, and steps in each; batches are of 32 or a little more."""

    epochs: int
    steps: int

    @classmethod
    def of(cls, images: int) -> Schedule:
        """For so many training images: 9,000 looks, but 12 to 40 epochs.

        Below 12 epochs a change has no time to be learnt, and images of which there are few stop
        teaching after 40. Measured on 250 images of the sample project, rotation gained 0.07 in
        accuracy after 30 epochs and 0.12 after 60: short trainings find what helps, and make it
        look smaller than it is.
        """
        epochs = min(40, max(12, round(LOOKS / max(1, images))))
        return cls(epochs, max(1, images // BATCH))


def probe_graph(side: int) -> Graph:
    """Four 3x3 convolutions with batch norm, halving the image between them, then its mean.

    A quarter of the cost of ``small_resnet``: 5 million multiply-adds for a colour image of 32 px.
    Its last pixels see 38 px, so all of the image. Every measured card sees the same network, that
    comparisons are fair; the project's own may take an hour where this takes seconds.
    """
    make = GraphBuilder()
    make.add("image", Input())
    for number, width in enumerate(WIDTHS, start=1):
        make.add(f"conv{number}", Conv2d(out_channels=width, kernel_size=3, bias=False))
        make.add(f"norm{number}", BatchNorm())
        make.add(f"relu{number}", Relu(inplace=True))
        if number < len(WIDTHS) and side >= 4:
            make.add(f"pool{number}", MaxPool(kernel_size=2))
            side //= 2
    make.add("mean", GlobalAvgPool())
    make.add("scores", Output())
    return make.graph()


def train_probe(
    bank: Bank,
    views: Views,
    rows: np.ndarray,
    classes: int,
    schedule: Schedule,
    *,
    seed: int,
    arithmetic: Arithmetic,
    tell: Tell,
) -> tuple[torch.nn.Module, float]:
    """A network trained on ``rows`` of ``views``, and its mean loss over the last two epochs.

    AdamW with a linear warm-up and decay. Starting weights and order depend on ``seed`` alone, so
    two trainings with different views are a pair. ``tell`` may raise Cancelled.
    """
    frame = Frame(bank.channels, bank.side, bank.side, classes)
    model = arithmetic.place(compile_model(probe_graph(bank.side), frame, seed=seed))
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=WEIGHT_DECAY, foreach=True)
    total, done = schedule.epochs * schedule.steps, 0
    last: list[torch.Tensor] = []
    model.train()
    for epoch in range(schedule.epochs):
        order = bank.order(rows[numpy_permutation(seed, epoch, len(rows))])
        for picked in order.tensor_split(schedule.steps):
            tell(1)
            rate = min((done + 1) / (0.2 * total), (total - done) / (0.8 * total))
            for group in optimizer.param_groups:
                group["lr"] = PEAK * min(1.0, rate)
            images, targets = views.batch(epoch, picked, bank.labels, classes, seed)
            loss = cross_entropy(model(arithmetic.lay_out(images)), targets)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            done += 1
            if epoch >= schedule.epochs - 2:
                last.append(loss.detach())
    return model, float(torch.stack(last).mean())


def score_views(
    model: torch.nn.Module,
    views: Views,
    rows: torch.Tensor,
    variants: int,
    arithmetic: Arithmetic,
) -> np.ndarray:
    """Class scores float64 ``[variants, len(rows), classes]`` of the first few variants."""
    model.eval()
    found: list[np.ndarray] = []
    with torch.inference_mode():
        for variant in range(min(variants, len(views.pixels))):
            parts = [model(arithmetic.lay_out(views.of(variant, part))) for part in rows.split(256)]
            found.append(torch.cat(parts).double().cpu().numpy())
    return np.stack(found)
