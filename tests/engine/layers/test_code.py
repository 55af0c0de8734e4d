"""The code of every layer is the layer: same weights, same bits, and formatted as ruff would."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from engine.layers.base import LAYERS, Layer
from engine.layers.code import Code, Make, helper_names, helper_source, make, write
from tests.engine.layers.cases import Inputs, cases, examples

# Blocks are written layer by layer, and where the image enters nothing is computed.
KINDS = [
    pytest.param(cls.kind, id=cls.kind)
    for cls in LAYERS
    if cls.category != "Block" and cls.max_inputs != 0
]


def _scope(code: Code) -> dict[str, Any]:
    """What the generated file has defined before the layer."""
    lines = ["import torch", "from torch import nn", *code.imports]
    lines += [helper_source(name) for name in code.helpers]
    scope: dict[str, Any] = {}
    exec("\n".join(lines), scope)
    return scope


def _run(code: Code, scope: dict[str, Any], module: nn.Module | None, given: list[Tensor]) -> Any:
    names = [f"x{port}" for port in range(len(given))]
    call = code.call.format(*names, module="module", all=", ".join(names))
    torch.manual_seed(0)
    return eval(call, scope | dict(zip(names, given, strict=True)) | {"module": module})


def _check(layer: Layer, inputs: Inputs) -> None:
    told = f"{layer!r} on {inputs}"
    ours, code = layer.build(inputs), layer.code(inputs)
    scope = _scope(code)
    theirs = eval(code.build, scope) if code.build else nn.Module()
    theirs.load_state_dict(ours.state_dict())  # the same names and shapes, none missing
    for training in (True, False):
        ours.train(training)
        theirs.train(training)
        torch.manual_seed(0)
        expected = ours(*examples(inputs))
        got = _run(code, scope, theirs, examples(inputs))
        assert got.shape == expected.shape, told
        torch.testing.assert_close(got, expected, rtol=0, atol=0, equal_nan=True, msg=told)


@pytest.mark.parametrize("kind", KINDS)
def test_generated_code_computes_the_same_bits(kind: str) -> None:
    for layer, inputs in cases(kind).fitting:
        _check(layer, inputs)


@pytest.mark.parametrize("kind", KINDS)
def test_starting_values_that_belong_to_a_layer_are_in_its_code(kind: str) -> None:
    """Constants that a layer sets by itself are also those of the written module."""
    for layer, inputs in cases(kind).fitting[:6]:
        code = layer.code(inputs)
        if not code.build:
            continue
        scope = _scope(code)
        theirs = eval(code.build, scope)
        for line in code.start:
            exec(line.format(module="theirs"), scope | {"theirs": theirs})
        again = layer.build(inputs)
        for name, ours in layer.build(inputs).named_parameters():
            if torch.equal(ours, again.get_parameter(name)):  # no number of chance
                assert torch.equal(ours, theirs.get_parameter(name)), (layer, name)


def _ruff(text: str, *options: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "--diff", *options, "-"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def test_a_badly_formatted_line_is_found() -> None:
    assert _ruff("x = f( 1 )\n") != ""


def test_code_is_formatted() -> None:
    lines = ["import torch", "from torch import nn", ""]
    for kind in LAYERS.kinds():
        if LAYERS.get(kind).category == "Block" or LAYERS.get(kind).max_inputs == 0:
            continue
        for layer, inputs in cases(kind).fitting:
            code = layer.code(inputs)
            names = [f"x{port}" for port in range(len(inputs))]
            lines += [f"module = {code.build}"] if code.build else []
            lines += [f"y = {code.call.format(*names, module='module', all=', '.join(names))}"]
            lines += [line.format(module="module") for line in code.start]
    text = "\n".join(lines) + "\n"
    assert _ruff(text, "--line-length", "320") == ""


def test_helpers_are_formatted_and_stand_alone() -> None:
    parts = ["import torch\nfrom torch import nn\n", *map(helper_source, helper_names())]
    text = "\n\n".join(parts)
    assert _ruff(text, "--line-length", "88") == ""
    assert "engine" not in text
    exec(text, {})


def test_only_what_differs_is_written() -> None:
    full = make(
        "nn.Conv2d", 3, 8, (3, 3), stride=((2, 2), 1), padding=((1, 0), 0), bias=(True, True)
    )
    assert full.text() == "nn.Conv2d(3, 8, 3, stride=2, padding=(1, 0))"
    assert full.helpers() == ()
    nested = make("nn.Sequential", make("BlurPool", 4), Make("nn.ReLU"))
    assert nested.text() == "nn.Sequential(BlurPool(4), nn.ReLU())"
    assert nested.helpers() == ("BlurPool",)
    assert [write(x) for x in (1e-6, 1e20, 0.5, 2.0, "row", (1,), None)] == [
        "1e-6",
        "1e20",
        "0.5",
        "2.0",
        '"row"',
        "(1,)",
        "None",
    ]
