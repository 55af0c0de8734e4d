"""Starting weights of every layer: from their own stream, of a sensible size."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from engine.compile.initialise import initialise
from engine.layers.base import LAYERS, Layer
from engine.layers.normalisation import BatchNorm
from engine.layers.transposed import ConvTranspose2d
from tests.engine.layers.cases import cases

KINDS = [pytest.param(cls.kind, id=cls.kind) for cls in LAYERS if cls.max_inputs != 0]


def _started(layer: Layer, inputs: tuple[tuple[int, ...], ...], seed: int) -> dict[str, Tensor]:
    module = torch.nn.Sequential()
    module.add_module("node", layer.build(inputs))
    initialise(module, seed)
    return module.state_dict()


@pytest.mark.parametrize("kind", KINDS)
def test_starting_weights_depend_on_the_seed_and_nothing_else(kind: str) -> None:
    for layer, inputs in cases(kind).fitting[:8]:
        torch.manual_seed(1)
        one = _started(layer, inputs, seed=3)
        torch.manual_seed(2)
        two, other = _started(layer, inputs, seed=3), _started(layer, inputs, seed=4)
        assert one.keys() == two.keys()
        assert all(torch.equal(one[key], two[key]) for key in one), layer
        assert all(value.isfinite().all() for value in one.values()), layer
        for key, value in one.items():
            if value.is_floating_point() and value.min() < value.max():
                assert not torch.equal(value, other[key]), (layer, key)


OLD_STARTS = {
    "conv2d": [-0.035875, -0.003573, -0.016584],
    "depthwise_conv2d": [-0.202938, -0.020214, -0.093814],
    "linear": [-0.145355, -0.172282, -0.071367],
}


@pytest.mark.parametrize("kind", OLD_STARTS)
def test_old_starts_stay_as_they_were(kind: str) -> None:
    """The first three weights of seed 5, written down when there were only these three kinds."""
    shape = (24,) if kind == "linear" else (8, 9, 9)
    weight = _started(LAYERS.get(kind)(), (shape,), seed=5)["node.weight"]
    assert weight.flatten()[:3].tolist() == pytest.approx(OLD_STARTS[kind], abs=2e-6)


@pytest.mark.parametrize(("kernel", "stride"), [(2, 2), (4, 2), (3, 1), (2, 3)])
def test_a_transposed_convolution_keeps_the_scale_of_what_arrives(kernel: int, stride: int) -> None:
    layer = ConvTranspose2d(out_channels=256, kernel_size=kernel, stride=stride)
    module = layer.build(((64, 12, 12),))
    initialise(module, 0)
    stream = torch.Generator().manual_seed(0)
    with torch.no_grad():
        out = module(torch.randn(2, 64, 12, 12, generator=stream))
    inner = out[:, :, 4:-4, 4:-4]
    painted = inner[inner != 0]  # with a stride beyond the kernel, gaps stay empty
    assert painted.std().item() == pytest.approx(2**0.5, rel=0.1)


def test_constants_start_where_their_layer_says() -> None:
    image = (8, 9, 9)
    starts = {
        "scale": ("node.scale", 1e-6),
        "gem_pool": ("node.power", 3.0),
        "prelu": ("node.weight", 0.25),
        "layer_norm": ("node.weight", 1.0),
    }
    for kind, (key, value) in starts.items():
        assert torch.all(_started(LAYERS.get(kind)(), (image,), 0)[key] == value), kind
    assert torch.all(_started(BatchNorm(zero_start=True), (image,), 0)["node.weight"] == 0)


def test_places_and_tokens_start_small() -> None:
    for kind, key in (("positional_embedding", "node.embedding"), ("class_token", "node.token")):
        values = _started(LAYERS.get(kind)(), ((64, 512),), 0)[key]
        assert values.std().item() == pytest.approx(0.0176, rel=0.1)  # 0.02, cut off at two
        assert values.abs().max() <= 0.04
