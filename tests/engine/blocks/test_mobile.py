"""Inverted residuals, ConvNeXt and attention with convolution, against others' code."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import convnext, efficientnet, mobilenetv2, mobilenetv3

from engine.blocks.base import Block
from engine.blocks.conv_attention import ConvAttention
from engine.blocks.convnext import ConvNext
from engine.blocks.custom import Custom
from engine.blocks.editing import open_block
from engine.blocks.mbconv import FusedMBConv, MBConv
from engine.errors import FoveaError
from engine.layers.base import Misfit, Reach, Shape
from tests.engine.layers.cases import examples
from tests.engine.layers.torch_facts import check_reach
from tests.support.nested_state import entries, fill, hand_over

IMAGE: Shape = (24, 11, 9)
SLOW_NORM = partial(nn.BatchNorm2d, eps=1e-3, momentum=0.01)
KINDS: list[type[Block]] = [MBConv, FusedMBConv, ConvNext, ConvAttention]


def v2(out: int, stride: int, ratio: int) -> nn.Module:
    return mobilenetv2.InvertedResidual(24, out, stride, ratio)


def v3(kernel: int, middle: int, out: int, se: bool, act: str, stride: int) -> nn.Module:
    row = mobilenetv3.InvertedResidualConfig(24, kernel, middle, out, se, act, stride, 1, 1.0)
    return mobilenetv3.InvertedResidual(row, SLOW_NORM)


def efficient(ratio: int, kernel: int, stride: int, out: int) -> nn.Module:
    row = efficientnet.MBConvConfig(ratio, kernel, stride, 24, out, 1)
    return efficientnet.MBConv(row, 0.1, nn.BatchNorm2d)


def fused(ratio: int, stride: int, out: int) -> nn.Module:
    row = efficientnet.FusedMBConvConfig(ratio, 3, stride, 24, out, 1)
    return efficientnet.FusedMBConv(row, 0.1, nn.BatchNorm2d)


V2: dict[str, Any] = {"squeeze_excite": False, "activation": "relu6"}
V3: dict[str, Any] = {"squeeze_activation": "relu", "gate": "hardsigmoid", "eps": 1e-3}
WIDE: dict[str, Any] = {"expanded_channels": 88, "squeeze_channels": 24, "kernel_size": 5}
PLAIN: dict[str, Any] = {"squeeze_excite": False, "activation": "relu", "eps": 1e-3}

with torch.device("meta"):
    PAIRS: dict[str, tuple[Block, nn.Module]] = {
        "v2": (MBConv(out_channels=24, **V2), v2(24, 1, 6)),
        "v2_first": (MBConv(out_channels=16, expand_ratio=1.0, **V2), v2(16, 1, 1)),
        "v2_half": (MBConv(out_channels=32, stride=2, **V2), v2(32, 2, 6)),
        "v3": (MBConv(out_channels=40, stride=2, activation="relu", **V3, **WIDE),
               v3(5, 88, 40, True, "RE", 2)),
        "v3_hard": (MBConv(out_channels=24, activation="hardswish", **V3, **WIDE),
                    v3(5, 88, 24, True, "HS", 1)),
        "v3_plain": (MBConv(out_channels=24, expand_ratio=3.0, **PLAIN),
                     v3(3, 72, 24, False, "RE", 1)),
        "efficient": (MBConv(out_channels=24, drop_path=0.1), efficient(6, 3, 1, 24)),
        "efficient_first": (MBConv(out_channels=16, expand_ratio=1.0), efficient(1, 3, 1, 16)),
        "efficient_half": (MBConv(out_channels=40, stride=2, kernel_size=5),
                           efficient(6, 5, 2, 40)),
        "fused": (FusedMBConv(out_channels=24, drop_path=0.1), fused(4, 1, 24)),
        "fused_half": (FusedMBConv(out_channels=48, stride=2), fused(4, 2, 48)),
        "fused_first": (FusedMBConv(out_channels=24, expand_ratio=1.0), fused(1, 1, 24)),
        "convnext": (ConvNext(drop_path=0.1), convnext.CNBlock(24, 0.5, 0.1)),
    }  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
def test_outputs_are_torchvisions_with_its_weights(name: str) -> None:
    block, theirs = PAIRS[name][0], fill(PAIRS[name][1])
    ours = block.build((IMAGE,)).eval()
    hand_over(theirs.state_dict().values(), entries(block, (IMAGE,), ours))
    given = examples((IMAGE,))
    with torch.inference_mode():
        expected, got = theirs(given[0] * 1), ours(given[0] * 1)
    assert expected.std() > 0.1
    torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", PAIRS)
def test_momentum_and_epsilon_are_torchvisions(name: str) -> None:
    def norms(module: nn.Module) -> list[tuple[float, float | None]]:
        found = [part for part in module.modules() if isinstance(part, nn.BatchNorm2d)]
        return [(norm.eps, norm.momentum) for norm in found]

    block, theirs = PAIRS[name]
    slow = {"momentum": 0.01} if name.startswith("v3") else {}
    assert norms(block.with_(**slow).build((IMAGE,))) == norms(theirs)


def test_attention_with_convolution_is_its_formula() -> None:
    block = ConvAttention(heads=3, expansion=2.0, kernel_size=5, dropout=0.1, drop_path=0.1)
    module = fill(block.build((IMAGE,)))
    w = module.state_dict()
    x = examples((IMAGE,))[0]
    with torch.inference_mode():
        got = module(x * 1)
        x = x + functional.conv2d(x, w["position.weight"], w["position.bias"], padding=2, groups=24)
        x = x.flatten(2).transpose(1, 2)  # [B, N, C], all further steps are per token
        tokens = norm(x, w, "norm1") @ w["attention.qkv.weight"].T + w["attention.qkv.bias"]
        q, k, v = (part.unflatten(2, (3, 8)).transpose(1, 2) for part in tokens.chunk(3, dim=2))
        seen = ((q @ k.mT / 8**0.5).softmax(dim=-1) @ v).transpose(1, 2).flatten(2)
        x = x + seen @ w["attention.proj.weight"].T + w["attention.proj.bias"]
        middle = norm(x, w, "norm2") @ w["expand.weight"].flatten(1).T + w["expand.bias"]
        bent = functional.gelu(middle)
        x = x + bent @ w["project.weight"].flatten(1).T + w["project.bias"]
    torch.testing.assert_close(got.flatten(2).transpose(1, 2), x, rtol=1e-4, atol=1e-4)


def norm(x: Tensor, w: dict[str, Tensor], name: str) -> Tensor:
    return functional.layer_norm(x, x.shape[-1:], w[f"{name}.weight"], w[f"{name}.bias"], 1e-6)


def test_attention_sees_a_moved_image_moved() -> None:
    """Nothing is tied to a place but by the border: with none, moving and computing swap."""
    block = ConvAttention(kernel_size=1)
    module = fill(block.build((IMAGE,)))
    x = examples((IMAGE,))[0]
    with torch.inference_mode():
        moved, after = module(x.roll(4, dims=3)), module(x).roll(4, dims=3)
    torch.testing.assert_close(moved, after, rtol=1e-4, atol=1e-4)


def test_the_branch_is_left_out_only_beside_a_shortcut() -> None:
    def ids(block: Block) -> set[str]:
        return {node.id for node in block.graph((IMAGE,)).nodes}

    for cls in (MBConv, FusedMBConv):
        assert {"drop_path", "add"} <= ids(cls(out_channels=24, drop_path=0.2))
        assert not {"drop_path", "add"} & ids(cls(out_channels=25, drop_path=0.2))
        assert not {"drop_path", "add"} & ids(cls(out_channels=24, drop_path=0.2, stride=2))


@pytest.mark.parametrize("cls", KINDS)
def test_a_branch_that_is_always_left_out_leaves_the_input(cls: type[Block]) -> None:
    """In training, with a rate near 1 in a batch where luck would have to be large."""
    known = {"out_channels": 24, "drop_path": 1 - 1e-9}
    block = cls(**{k: v for k, v in known.items() if k in cls.model_fields})
    x = examples((IMAGE,), batch=4)[0]
    module = block.build((IMAGE,)).train()
    if cls is ConvAttention:
        nn.init.zeros_(module.get_parameter("position.weight"))
        nn.init.zeros_(module.get_parameter("position.bias"))
    with torch.no_grad():
        assert torch.equal(module(x * 1), x)


@pytest.mark.parametrize("cls", KINDS)
def test_an_even_window_is_refused(cls: type[Block]) -> None:
    with pytest.raises(FoveaError, match="4 px has no middle") as refused:
        cls().with_(kernel_size=4)
    assert (refused.value.code, refused.value.where) == ("FV-H002", "kernel_size")
    assert "3 or 5" in refused.value.fix


def test_channels_that_heads_do_not_divide_are_refused() -> None:
    with pytest.raises(Misfit, match="24 channels, which do not split into 5 heads") as refused:
        ConvAttention(heads=5).shape((IMAGE,))
    assert refused.value.param == "heads"


@pytest.mark.parametrize("cls", KINDS)
def test_opened_it_computes_the_same(cls: type[Block]) -> None:
    """What a person sees and edits inside is what was computed before."""
    known = {"stride": 2, "drop_path": 0.1}
    block = cls(**{k: v for k, v in known.items() if k in cls.model_fields})
    opened = open_block(block, (IMAGE,))
    assert isinstance(opened, Custom)
    assert opened.shape((IMAGE,)) == block.shape((IMAGE,))
    assert opened.parameters((IMAGE,)) == block.parameters((IMAGE,))
    assert opened.macs((IMAGE,)) == block.macs((IMAGE,))


def test_opened_it_keeps_its_parameters() -> None:
    """Also windows that must be odd; empty ones follow from others and are none."""
    opened = open_block(MBConv(out_channels=40, stride=2), (IMAGE,))
    driven = {knob.id: set(knob.targets) for knob in opened.knobs}
    norms = ("expand_norm", "depthwise_norm", "project_norm")
    assert driven["kernel_size"] == {"depthwise.kernel_size"}
    assert driven["stride"] == {"depthwise.stride"}
    assert driven["out_channels"] == {"project.out_channels"}
    assert driven["eps"] == {f"{name}.eps" for name in norms}
    assert driven["gate"] == {"squeeze.gate"}
    assert "expanded_channels" not in driven
    assert open_block(ConvNext(), (IMAGE,)).knobs.by_id["kernel_size"].value == 7


@pytest.mark.parametrize(
    ("block", "reach"),
    [
        (MBConv(out_channels=8, kernel_size=5, squeeze_excite=False), Reach(-2, 2, 1)),
        (MBConv(out_channels=12, stride=2, squeeze_excite=False), Reach(-1, 1, 2)),
        (FusedMBConv(out_channels=8, kernel_size=5), Reach(-2, 2, 1)),
        (ConvNext(), Reach(-3, 3, 1)),
    ],
)
def test_receptive_fields(block: Block, reach: Reach) -> None:
    inputs: tuple[Shape, ...] = ((8, 21, 19),)
    assert block.reach(inputs) == reach
    assert check_reach(block, inputs) == 2, "both axes are compared with gradients"


def test_wherever_channels_are_weighed_everything_is_seen() -> None:
    assert MBConv().reach((IMAGE,)) is None
    assert ConvAttention().reach((IMAGE,)) is None
