"""Templates that are named as a model of torchvision are that model, value for value."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torchvision
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from engine.graph.analysis import analyse
from engine.layers.base import Frame
from engine.templates import TEMPLATES
from tests.engine.templates.test_contract import on_meta
from tests.support.weights import give, leaves, values_for

ORIGINALS = [name for name in TEMPLATES if name in torchvision.models.list_models()]
PUBLISHED_SIDE = {"inception_v3": 299}
SMALLER_SIDE = {"inception_v3": 139}
"""Where the published network is built, and computing is cheap."""
OPTIONS: dict[str, dict[str, Any]] = {
    name: {"aux_logits": False, "init_weights": False} for name in ("googlenet", "inception_v3")
}


def original(name: str) -> nn.Module:
    """torchvision's model without values and without auxiliary heads."""
    with torch.device("meta"):
        return torchvision.models.get_model(name, weights=None, **OPTIONS.get(name, {}))


def frame_of(side: int) -> Frame:
    return Frame(3, side, side, 1000)


@pytest.mark.parametrize("name", ORIGINALS)
def test_parameters_and_multiply_adds_are_torchvisions(name: str) -> None:
    side = PUBLISHED_SIDE.get(name, 224)
    frame, theirs = frame_of(side), original(name).eval()
    analysis = analyse(TEMPLATES[name].build(frame), frame)
    with FlopCounterMode(display=False) as counter:
        theirs(torch.empty(1, 3, side, side, device="meta"))
    assert analysis.parameters == sum(p.numel() for p in theirs.parameters())
    assert 2 * analysis.macs == counter.get_total_flops()


@pytest.mark.slow
@pytest.mark.parametrize("name", ORIGINALS)
def test_outputs_are_torchvisions_with_its_weights(name: str) -> None:
    assert largest_difference(name) <= 1e-5


def largest_difference(name: str) -> float:
    """The largest difference of any score, relative to the largest score; weights by their order.

    Both models share the weights' memory, so that large ones fit.
    """
    side = SMALLER_SIDE.get(name, 96)
    frame, theirs = frame_of(side), original(name).eval()
    graph = TEMPLATES[name].build(frame)
    ours = on_meta(graph, frame)[0].eval()
    state = values_for(theirs.state_dict())
    theirs.load_state_dict(state, assign=True)
    give(leaves(ours, graph, frame), state)
    images = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        expected, got = theirs(images), ours(images)
    assert expected.std() > 1e-3
    return float((got - expected).abs().max() / expected.abs().max())


def test_all_that_were_asked_for_are_compared() -> None:
    wanted = {"resnet18", "resnet34", "resnet50", "wide_resnet50_2", "densenet121", "googlenet"}
    assert wanted | {"inception_v3", "vgg11"} <= set(ORIGINALS)
