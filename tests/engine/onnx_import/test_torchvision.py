"""The classics as torchvision exports them: imported, compiled, they give the same scores."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torchvision import models

from engine.graph.records import Graph
from engine.onnx_import import import_onnx
from tests.engine.onnx_import.samples import CLOSE, difference, exported, kinds, lively

Maker = Callable[[], nn.Module]


def googlenet() -> nn.Module:
    return models.googlenet(weights=None, init_weights=False, aux_logits=False)


def googlenet_that_scales() -> nn.Module:
    """As its published weights come: it undoes ImageNet's scaling, channel by channel."""
    return models.googlenet(
        weights=None, init_weights=False, aux_logits=False, transform_input=True
    )


def narrow_vgg11() -> nn.Module:
    """VGG-11 with fewer hidden features: the same operators without half a gigabyte of weights."""
    module = models.vgg11(weights=None, init_weights=False)
    module.classifier[0] = nn.Linear(512 * 7 * 7, 64)
    module.classifier[3] = nn.Linear(64, 64)
    module.classifier[6] = nn.Linear(64, 1000)
    return module


CLASSICS: dict[str, tuple[Maker, int]] = {
    "resnet18": (models.resnet18, 64),
    "mobilenet_v2": (models.mobilenet_v2, 64),
    "efficientnet_b0": (models.efficientnet_b0, 64),
    "googlenet": (googlenet, 64),
    "densenet121": (models.densenet121, 64),
}
OTHERS: dict[str, tuple[Maker, int]] = {
    "googlenet_that_scales": (googlenet_that_scales, 64),
    "narrow_vgg11": (narrow_vgg11, 224),
    "mobilenet_v3_small": (models.mobilenet_v3_small, 64),
    "squeezenet1_1": (models.squeezenet1_1, 64),
    "shufflenet_v2_x0_5": (models.shufflenet_v2_x0_5, 64),
}
MORE: dict[str, tuple[Maker, int]] = {
    "regnet_y_400mf": (models.regnet_y_400mf, 64),
    "convnext_tiny": (models.convnext_tiny, 64),
}


def check(make: Maker, side: int, **options: object) -> Graph:
    """The graph, once its scores are those of the original."""
    module = lively(make(), side)
    imported = import_onnx(exported(module, side, **options))
    worst, largest = difference(module, imported, side)
    print(f"largest difference {worst:.1e} of {largest:.2f}, {len(imported.graph.nodes)} nodes")
    assert 0.05 < largest < 100, "scores of a size that means something"
    assert worst <= CLOSE
    return imported.graph


@pytest.mark.slow
@pytest.mark.parametrize("name", [*CLASSICS, *OTHERS])
def test_a_classic_gives_the_same_scores(name: str) -> None:
    graph = check(*{**CLASSICS, **OTHERS}[name])
    assert graph.nodes[-1].layer.kind == "output"


@pytest.mark.long
@pytest.mark.parametrize("name", [*CLASSICS, "narrow_vgg11"])
def test_a_classic_from_the_newer_exporter_too(name: str) -> None:
    check(*{**CLASSICS, **OTHERS}[name], dynamo=True)


@pytest.mark.long
@pytest.mark.parametrize("name", MORE)
def test_more_of_torchvision_gives_the_same_scores(name: str) -> None:
    check(*MORE[name])


@pytest.mark.long
def test_vgg11_in_its_full_width() -> None:
    check(models.vgg11, 224)


@pytest.mark.slow
def test_batch_normalisation_stays_where_the_exporter_keeps_it() -> None:
    module = lively(models.resnet18(), 64)
    kept = import_onnx(exported(module, 64, do_constant_folding=False))
    assert kinds(kept).count("batch_norm") == 20
    assert not any("batch normalisation" in note for note in kept.notes)
    worst, _ = difference(module, kept, 64)
    assert worst <= CLOSE
    merged = import_onnx(exported(module, 64))
    assert kinds(merged).count("batch_norm") == 0
    assert any("batch normalisation" in note for note in merged.notes)


class Residual(nn.Module):
    """A small network of what the newer exporter writes in its own way."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 4, 1), nn.SiLU())
        self.open = nn.Conv2d(4, 8, 1)
        self.head = nn.Linear(8, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = nn.functional.hardswish(self.norm(self.stem(x)))
        x = x + x * torch.sigmoid(self.open(self.gate(x)))
        return self.head(nn.functional.gelu(x).mean((2, 3)))


@pytest.mark.slow
@pytest.mark.parametrize("dynamo", [False, True])
def test_both_exporters_give_one_graph(dynamo: bool) -> None:
    graph = check(Residual, 16, dynamo=dynamo)
    assert [node.layer.kind for node in graph.nodes] == [
        "input",
        "conv2d",
        "hardswish",
        "squeeze_excite",
        "add",
        "gelu",
        "global_avg_pool",
        "output",
    ]
    assert [node.id for node in graph.nodes][1] == "stem"
    assert graph.nodes[-1].id == "head"
