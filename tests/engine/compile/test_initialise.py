"""Starting weights of every layer: from their own stream, of a sensible size."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from engine.compile.initialise import initialise
from engine.compile.undrawn import DRAWS, Undrawn
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


class Marked(Undrawn):
    """As Undrawn; what was not drawn is not a number."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        result = super().__torch_dispatch__(func, types, args, kwargs)
        return result.detach().fill_(torch.nan) if func in DRAWS else result


@pytest.mark.parametrize("kind", KINDS)
def test_all_that_is_not_drawn_when_a_layer_is_built_is_drawn_later(kind: str) -> None:
    for layer, inputs in cases(kind).fitting[:8]:
        with Marked():
            module = layer.build(inputs)
        found = torch.nn.Sequential()
        found.add_module("node", module)
        initialise(found, seed=3)
        wanted = _started(layer, inputs, seed=3)
        assert found.state_dict().keys() == wanted.keys()
        for key, value in found.state_dict().items():
            assert torch.equal(value, wanted[key]), (layer, key)


def test_a_layer_is_built_undrawn_without_taking_from_torch_s_generator() -> None:
    before = torch.get_rng_state()
    with Marked():
        weight = torch.nn.Conv2d(3, 4, 3).weight
    assert weight.isnan().all()
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.nn.Conv2d(3, 4, 3).weight.isfinite().all()


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
