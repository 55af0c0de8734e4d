"""Layers that torch lacks, against other people's implementations and textbook formulas."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torchvision.models.convnext import LayerNorm2d
from torchvision.ops import SqueezeExcitation, StochasticDepth

from engine.layers.attention import SelfAttention
from engine.layers.base import LAYERS, Frame, Layer, Misfit, Shape, show
from engine.layers.ends import Output
from engine.layers.gates import SqueezeExcite
from engine.layers.gem import GemPool
from engine.layers.normalisation import LayerNorm
from engine.layers.regularisation import DropPath
from tests.engine.layers.cases import examples

IMAGE: Shape = (8, 9, 7)


@pytest.mark.parametrize("mode", ["row", "batch"])
def test_drop_path_is_torchvisions(mode: str) -> None:
    (x,) = examples((IMAGE,), batch=16)
    ours, theirs = DropPath(rate=0.4, mode=mode).build((IMAGE,)), StochasticDepth(0.4, mode)
    torch.manual_seed(3)
    got = ours(x)
    torch.manual_seed(3)
    assert torch.equal(got, theirs(x))
    assert torch.equal(ours.eval()(x), x)


def test_squeeze_and_excitation_is_torchvisions() -> None:
    (x,) = examples((IMAGE,))
    layer = SqueezeExcite(squeeze_channels=3, activation="silu", gate="hardsigmoid")
    ours = layer.build((IMAGE,))
    theirs = SqueezeExcitation(8, 3, activation=nn.SiLU, scale_activation=nn.Hardsigmoid)
    theirs.load_state_dict(ours.state_dict())
    assert torch.equal(ours(x), theirs(x))


def test_layer_norm_of_images_is_that_of_convnext() -> None:
    (x,) = examples((IMAGE,))
    ours, theirs = LayerNorm().build((IMAGE,)), LayerNorm2d(8, eps=1e-6)
    theirs.load_state_dict(ours.state_dict())
    assert torch.equal(ours(x), theirs(x))


@pytest.mark.parametrize("shape", [(10, 12), (12, 5, 3)])
def test_self_attention_is_torchs(shape: Shape) -> None:
    (x,) = examples((shape,))
    ours, theirs = (
        SelfAttention(heads=3).build((shape,)),
        nn.MultiheadAttention(12, 3, batch_first=True),
    )
    names = {"qkv.weight": "in_proj_weight", "qkv.bias": "in_proj_bias"}
    names |= {"proj.weight": "out_proj.weight", "proj.bias": "out_proj.bias"}
    theirs.load_state_dict({names[key]: value for key, value in ours.state_dict().items()})
    tokens = x if x.ndim == 3 else x.flatten(2).transpose(1, 2)
    expected, _ = theirs(tokens, tokens, tokens)
    got = ours(x)
    torch.testing.assert_close(got if x.ndim == 3 else got.flatten(2).transpose(1, 2), expected)


@pytest.mark.parametrize("kernel", [3, 5])
def test_blur_pool_is_kornias(kernel: int) -> None:
    from kornia.filters import blur_pool2d

    (x,) = examples((IMAGE,))
    layer = LAYERS.get("blur_pool")(kernel_size=kernel, padding_mode="zeros")
    torch.testing.assert_close(layer.build((IMAGE,))(x), blur_pool2d(x, kernel, stride=2))


def test_generalised_mean_lies_between_mean_and_maximum() -> None:
    (x,) = examples((IMAGE,))
    mean, top = x.mean((2, 3)), x.amax((2, 3))
    torch.testing.assert_close(GemPool(power=1.0).build((IMAGE,))(x), mean)
    cubic = GemPool(power=3.0).build((IMAGE,))(x)
    torch.testing.assert_close(cubic, x.pow(3).mean((2, 3)).pow(1 / 3))
    assert torch.all((mean < cubic) & (cubic < top))


def test_tokens_and_pixels_there_and_back() -> None:
    (x,) = examples((IMAGE,))
    there = LAYERS.get("image_to_sequence")()
    back = LAYERS.get("sequence_to_image")(height=9)
    tokens = there.shape((IMAGE,))
    assert (tokens, back.shape((tokens,))) == ((63, 8), IMAGE)
    assert torch.equal(back.build((tokens,))(there.build((IMAGE,))(x)), x)


def test_sequences_in_words() -> None:
    assert show((49, 64)) == "49 tokens × 64 features"
    for layer in (
        Output().bind(Frame(1, 8, 8, 2)),
        LAYERS.get("conv2d")(),
        LAYERS.get("batch_norm")(),
    ):
        assert isinstance(layer, Layer)
        with pytest.raises(Misfit, match="49 tokens × 64 features"):
            layer.shape(((49, 64),))
