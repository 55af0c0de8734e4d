"""The contract again, over random legal parameters and inputs of every kind."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from engine.layers.base import LAYERS, TooSmall
from tests.engine.layers.cases import Inputs, cases, examples
from tests.engine.layers.torch_facts import check_costs, check_reach

KINDS = [pytest.param(cls.kind, id=cls.kind) for cls in LAYERS]
MODULES = [pytest.param(cls.kind, id=cls.kind) for cls in LAYERS if cls.max_inputs != 0]
PLAIN = [  # the tests of blocks look at receptive fields themselves
    pytest.param(cls.kind, id=cls.kind)
    for cls in LAYERS
    if cls.max_inputs != 0 and cls.category != "Block"
]
OVERWRITABLE = [pytest.param(cls.kind, id=cls.kind) for cls in LAYERS if cls.overwritable]
SLIDING = (
    "avg_pool",
    "blur_pool",
    "conv2d",
    "conv_transpose2d",
    "depthwise_conv2d",
    "lp_pool",
    "max_pool",
    "pad",
    "separable_conv2d",
)


@pytest.mark.parametrize("kind", MODULES)
def test_any_legal_parameters_agree_with_torch(kind: str) -> None:
    fitting = cases(kind).fitting
    assert len(fitting) >= 5
    for layer, inputs in fitting:
        check_costs(layer, inputs)


@pytest.mark.parametrize("kind", PLAIN)
def test_any_receptive_field_agrees_with_gradients(kind: str) -> None:
    compared = sum(check_reach(layer, inputs) for layer, inputs in cases(kind).fitting)
    assert compared >= (8 if kind in SLIDING else 0)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_refused_is_explained(kind: str) -> None:
    for layer, inputs, misfit in cases(kind).misfits:
        told = misfit.told([f"node{port}" for port in range(len(inputs))])
        assert told.endswith((".", "”")), told
        assert "“node" in told
        assert "{" not in told
        assert misfit.param is None or misfit.param in type(layer).model_fields
        assert not isinstance(misfit, TooSmall) or len(inputs[0]) == 3
    for error in cases(kind).refused:
        assert error.code in ("FV-H001", "FV-H002")
        assert error.where in LAYERS.get(kind).model_fields
        assert error.fix


@pytest.mark.parametrize("kind", OVERWRITABLE)
def test_what_may_be_overwritten_is_not_needed_again(kind: str) -> None:
    """A following in-place layer changes neither the input nor the gradients."""
    for layer, inputs in cases(kind).fitting[:8]:
        module = layer.build(inputs)
        plain, given = _gradients(module, inputs, inplace=False)
        spoilt, same = _gradients(module, inputs, inplace=True)
        assert all(torch.equal(x, y) for x, y in zip(given, same, strict=True)), layer
        for ours, theirs in zip(spoilt, plain, strict=True):
            torch.testing.assert_close(ours, theirs)


def _gradients(
    module: nn.Module, inputs: Inputs, *, inplace: bool
) -> tuple[list[Tensor], list[Tensor]]:
    module.zero_grad()
    given = [x.requires_grad_() for x in examples(inputs)]
    copies = [x * 1 for x in given]
    out = nn.functional.relu(module(*copies), inplace=inplace)
    (out * torch.linspace(1, 2, out.numel()).view(out.shape)).sum().backward()
    grads = [p.grad.clone() for p in module.parameters() if p.grad is not None]
    return grads + [x.grad for x in given if x.grad is not None], [x.detach() for x in copies]
