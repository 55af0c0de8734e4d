"""Blocks against torchvision's, and against the formulas of their papers."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import densenet, inception, resnet
from torchvision.models.googlenet import Inception
from torchvision.models.segmentation.deeplabv3 import ASPP
from torchvision.models.vision_transformer import EncoderBlock

from engine.blocks.base import Block
from engine.blocks.cbam import Cbam
from engine.blocks.non_local import NonLocal
from engine.layers.base import LAYERS, Shape
from tests.engine.layers.cases import examples
from tests.support.weights import give, leaves, values_for

IMAGE: Shape = (24, 11, 9)


def block(kind: str, **values: Any) -> Block:
    found = LAYERS.get(kind)(**values)
    assert isinstance(found, Block)
    return found


def around(inputs: int, out: int, stride: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(inputs, out, 1, stride, bias=False), nn.BatchNorm2d(out))


PAIRS: dict[str, tuple[Block, nn.Module]] = {
    "residual": (
        block("residual", out_channels=16, stride=2),
        resnet.BasicBlock(24, 16, 2, around(24, 16, 2)),
    ),
    "bottleneck": (
        block("bottleneck", out_channels=64, stride=2),
        resnet.Bottleneck(24, 16, 2, around(24, 64, 2)),
    ),
    "bottleneck without a change": (
        block("bottleneck", out_channels=24),
        resnet.Bottleneck(24, 6),
    ),
    "wide bottleneck": (
        block("bottleneck", out_channels=64, width=2.0),
        resnet.Bottleneck(24, 16, 1, around(24, 64, 1), base_width=128),
    ),
    "resnext": (
        block("resnext", out_channels=256, stride=2),
        resnet.Bottleneck(24, 64, 2, around(24, 256, 2), groups=32, base_width=4),
    ),
    "wider resnext": (
        block("resnext", out_channels=512, cardinality=8, base_width=8),
        resnet.Bottleneck(24, 128, 1, around(24, 512, 1), groups=8, base_width=8),
    ),
    "inception v1": (block("inception_v1"), Inception(24, 64, 96, 128, 16, 32, 32)),
    "inception v3 a": (block("inception_v3_a", pool_channels=48), inception.InceptionA(24, 48)),
    "inception v3 b": (block("inception_v3_b"), inception.InceptionB(24)),
    "inception v3 c": (block("inception_v3_c", inner_channels=96), inception.InceptionC(24, 96)),
    "inception v3 d": (block("inception_v3_d"), inception.InceptionD(24)),
    "inception v3 e": (block("inception_v3_e"), inception.InceptionE(24)),
    "dense block": (
        block("dense_block", layers=4, growth=5, bottleneck=3),
        densenet._DenseBlock(4, 24, 3, 5, 0.0),
    ),
    "transition": (block("dense_transition"), densenet._Transition(24, 12)),
    "dilated pyramid": (
        block("dilated_pyramid", out_channels=10, rate=2),
        ASPP(24, [2, 4, 6], 10),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_blocks_are_torchvisions(name: str) -> None:
    ours, theirs = PAIRS[name]
    compare(ours, theirs.eval(), (IMAGE,))


def test_the_self_attention_block_is_that_of_the_vision_transformer() -> None:
    theirs = EncoderBlock(3, 24, 96, 0.0, 0.0, lambda size: nn.LayerNorm(size, eps=1e-6))
    compare(block("transformer_encoder", heads=3), theirs.eval(), ((10, 24),))


def test_self_attention_sees_the_pixels_of_an_image_as_a_sequence() -> None:
    layer = block("transformer_encoder", heads=3)
    on_images, on_tokens = layer.build((IMAGE,)).eval(), layer.build(((99, 24),)).eval()
    state = values_for(on_tokens.state_dict())
    on_tokens.load_state_dict(state)
    images = {n: v.view(on_images.state_dict()[n].shape) for n, v in state.items()}
    on_images.load_state_dict(images)
    (x,) = examples((IMAGE,))
    expected = on_tokens(x.flatten(2).transpose(1, 2)).transpose(1, 2).view_as(x)
    torch.testing.assert_close(on_images(x), expected, rtol=1e-4, atol=1e-5)


def compare(ours: Block, theirs: nn.Module, inputs: tuple[Shape, ...]) -> None:
    """Equal numbers of values, in the same order, and equal outputs."""
    module = ours.build(inputs).eval()
    state = values_for(theirs.state_dict())
    theirs.load_state_dict(state)
    give(leaves(module, ours.graph(inputs)), state)
    given = examples(inputs)
    with torch.inference_mode():
        torch.testing.assert_close(module(*given), theirs(*given), rtol=1e-5, atol=1e-5)


def built(layer: Block) -> Any:
    module = layer.build((IMAGE,)).eval()
    module.load_state_dict(values_for(module.state_dict()))
    return module


def test_cbam_is_that_of_the_paper() -> None:
    (x,) = examples((IMAGE,))
    ours = built(Cbam(reduction=4))

    def shared(v: Tensor) -> Tensor:
        return ours.excite(functional.relu(ours.squeeze(v)))

    y = x * torch.sigmoid(shared(x.mean((2, 3))) + shared(x.amax((2, 3))))[:, :, None, None]
    maps = torch.cat([y.amax(1, keepdim=True), y.mean(1, keepdim=True)], 1)
    expected = y * torch.sigmoid(ours.place_norm(ours.place_conv(maps)))
    torch.testing.assert_close(ours(x), expected)


@pytest.mark.parametrize(("channels", "kernel"), [(2, 1), (24, 3), (64, 3), (256, 5), (2048, 7)])
def test_eca_is_as_wide_as_the_authors_make_it(channels: int, kernel: int) -> None:
    shape = (channels, 3, 3)
    assert block("eca").parameters((shape,)) == kernel


def test_eca_is_that_of_the_paper() -> None:
    (x,) = examples((IMAGE,))
    ours = built(block("eca", kernel_size=5))
    (weight,) = ours.parameters()
    mixed = functional.conv1d(x.mean((2, 3))[:, None], weight.view(1, 1, 5), padding=2)[:, 0]
    torch.testing.assert_close(ours(x), x * torch.sigmoid(mixed)[:, :, None, None])


@pytest.mark.parametrize("subsample", [False, True])
def test_the_non_local_block_is_that_of_the_paper(subsample: bool) -> None:
    (x,) = examples((IMAGE,))
    ours = built(NonLocal(subsample=subsample))
    pool = nn.MaxPool2d(2) if subsample else nn.Identity()
    theta, phi, g = ours.queries(x), pool(ours.keys(x)), pool(ours.values(x))
    weights = (theta.flatten(2).transpose(1, 2) @ phi.flatten(2)).softmax(-1)
    seen = (weights @ g.flatten(2).transpose(1, 2)).transpose(1, 2).view(2, 12, 11, 9)
    expected = x + ours.project_norm(ours.project(seen))
    torch.testing.assert_close(ours(x), expected, rtol=1e-4, atol=1e-5)


def test_a_spatial_pyramid_has_one_length_for_images_of_any_size() -> None:
    (x,) = examples((IMAGE,))
    pools = [functional.adaptive_max_pool2d(x, side).flatten(1) for side in (1, 2, 4)]
    assert torch.equal(block("spatial_pyramid").build((IMAGE,))(x), torch.cat(pools, 1))
    assert block("spatial_pyramid").shape(((24, 3, 50),)) == (24 * 21,)


def test_preactivation_leaves_the_shortcut_untouched() -> None:
    (x,) = examples((IMAGE,))
    ours = built(block("preactivation_residual", out_channels=24))
    inner = ours.conv1(functional.relu(ours.norm1(x)))
    expected = ours.conv2(functional.relu(ours.norm2(inner))) + x
    torch.testing.assert_close(ours(x), expected)


@pytest.mark.parametrize("kind", ["residual", "bottleneck", "resnext", "se_residual", "non_local"])
def test_zero_start_begins_as_the_shortcut(kind: str) -> None:
    (x,) = examples((IMAGE,))
    values = {} if kind == "non_local" else {"out_channels": 24}
    assert torch.equal(block(kind, **values).build((IMAGE,)).eval()(x), x)
    other = block(kind, zero_start=False, **values).build((IMAGE,)).eval()
    assert not torch.equal(other(x), x)


def test_the_scale_of_inception_resnet_weighs_the_branches() -> None:
    (x,) = examples((IMAGE,))
    assert torch.equal(block("inception_residual", scale=0.0).build((IMAGE,)).eval()(x), x)


@pytest.mark.parametrize("form", ["plain", "wide", "deep", "patches"])
@pytest.mark.parametrize("halvings", [0, 1, 2])
def test_stems_halve_as_often_as_they_are_told(form: str, halvings: int) -> None:
    stem = block("stem", form=form, halvings=halvings, out_channels=20)
    assert stem.shape(((3, 64, 48),)) == (20, 64 >> halvings, 48 >> halvings)
