"""Layers are found by order and shape in the files of other libraries, parallel branches too."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import fx, nn
from torchvision import models
from torchvision.models.googlenet import Inception

from engine.compile.module import compile_model
from engine.graph.builder import GraphBuilder
from engine.graph.records import Graph
from engine.layers.activation import Relu
from engine.layers.base import Frame
from engine.layers.convolution import Conv2d
from engine.layers.ends import Input, Output
from engine.layers.merge import Concat
from engine.layers.normalisation import BatchNorm
from engine.layers.pooling import GlobalAvgPool, MaxPool
from engine.weights.fitting import fit_file
from engine.weights.keeping import put_into
from engine.weights.order import names_in_order
from engine.weights.pairing import OPTIONAL, pair
from tests.engine.weights.networks import write

NETWORKS = (
    *("resnet18", "resnet50", "resnext50_32x4d", "wide_resnet50_2", "vgg11_bn", "densenet121"),
    *("googlenet", "inception_v3", "mobilenet_v2", "mobilenet_v3_large", "efficientnet_b0"),
    "convnext_tiny",
)


class Layers(fx.Tracer):
    """Takes layers as wholes, also those that torchvision wrote itself."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return not any(True for _ in m.children())


@pytest.mark.parametrize("name", NETWORKS)
def test_every_tensor_of_torchvisions_networks_is_found(name: str) -> None:
    """From names that say nothing but, as on the canvas, which ones are shortcuts."""
    more = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    with torch.device("meta"):
        model = getattr(models, name)(weights=None, **more).eval()
    given = dict(model.state_dict())
    auxiliary = {k for k in given if k.lower().startswith("aux")}
    numbers: dict[str, int] = {}
    own, truth = {}, {}
    for known in names_in_order(fx.GraphModule(model, Layers().trace(model))):
        layer, _, last = known.rpartition(".")
        kind = "shortcut" if "downsample" in layer else "node"
        new = f"{kind}{numbers.setdefault(layer, len(numbers))}.{last}"
        own[new], truth[new] = given[known], known
    found, how = pair(own, given)
    assert how == "order"
    assert found == truth
    assert set(given) - set(found.values()) == auxiliary


class Branches(nn.Module):
    """Two of GoogLeNet's modules, as torchvision has them, between a stem and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 32, 3, padding=1)
        self.first = Inception(32, 16, 16, 32, 16, 32, 32)
        self.second = Inception(112, 16, 16, 16, 16, 16, 16)
        self.fc = nn.Linear(64, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.second(self.first(self.stem(x)))
        return self.fc(x.mean((2, 3)))


def branches() -> Graph:
    """The same as a graph whose branches are computed level by level."""
    make = GraphBuilder()
    make.add("image", Input())
    last = make.add("stem", Conv2d(out_channels=32, kernel_size=3))
    for part, (a, b, c, d, e, f) in {"p": (16, 16, 32, 16, 32, 32), "q": (16,) * 6}.items():
        pooled = make.add(f"{part}_pool", MaxPool(kernel_size=3, stride=1, padding=1), last)
        ends = [
            _unit(make, f"{part}_1", a, 1, last),
            _unit(make, f"{part}_3", c, 3, _unit(make, f"{part}_3r", b, 1, last)),
            _unit(make, f"{part}_5", e, 3, _unit(make, f"{part}_5r", d, 1, last)),
            _unit(make, f"{part}_p", f, 1, pooled),
        ]
        last = make.add(f"{part}_join", Concat(), *ends)
    make.add("pool", GlobalAvgPool())
    make.add("scores", Output())
    return make.graph()


def _unit(make: GraphBuilder, name: str, width: int, kernel: int, source: str) -> str:
    padding = kernel // 2
    layer = Conv2d(out_channels=width, kernel_size=kernel, padding=padding, bias=False)
    make.add(f"{name}_conv", layer, source)
    make.add(f"{name}_norm", BatchNorm(eps=0.001))
    return make.add(f"{name}_relu", Relu())


def test_equal_shapes_in_parallel_branches_are_told_apart(tmp_path: Path) -> None:
    torch.manual_seed(2)
    foreign = Branches().eval()
    for part in foreign.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.uniform_(-0.2, 0.2)
            part.weight.data.uniform_(0.5, 1.5)
    graph, frame = branches(), Frame(3, 16, 16, 3)
    fitted = fit_file(write(tmp_path / "w.pth", foreign.state_dict()), graph, frame)
    assert fitted.report.complete
    model = compile_model(graph, frame, seed=1)
    assert put_into(model, dict(fitted.tensors)) == ()
    images = torch.randn(2, 3, 16, 16)
    with torch.no_grad():
        assert torch.allclose(model.eval()(images), foreign(images), atol=1e-5)


def test_the_order_names_everything_once() -> None:
    model = compile_model(branches(), Frame(3, 16, 16, 3), seed=0)
    names = names_in_order(model)
    assert sorted(names) == sorted(model.state_dict())
    plain = [n.partition(".")[0] for n in names if n.endswith(".weight") and OPTIONAL not in n]
    assert plain[1:5] == ["p_1_conv", "p_1_norm", "p_3r_conv", "p_3r_norm"]
    assert plain[-1] == "scores"
