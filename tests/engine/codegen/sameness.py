"""Whether code computes what the compiled model does, and whether it is formatted."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import torch
from torch import Tensor, nn

from engine.codegen.model import model_code
from engine.compile.module import compile_model
from engine.graph.records import Graph
from engine.layers.base import Frame
from tests.support.blank import blank

__all__ = ["check", "formatted", "images", "ruff", "written"]

_DROPPING = {"Dropout", "Dropout1d", "Dropout2d", "AlphaDropout", "StochasticDepth", "RReLU"}


def images(frame: Frame, batch: int = 2) -> Tensor:
    """Random images, the same each time."""
    stream = torch.Generator().manual_seed(1)
    return torch.rand(batch, frame.channels, frame.height, frame.width, generator=stream)


def written(code: str, name: str = "Model") -> nn.Module:
    """The model that a text defines, in a namespace of its own."""
    scope: dict[str, Any] = {"__name__": "written"}
    exec(compile(code, "written.py", "exec"), scope)
    return scope[name]()


def check(graph: Graph, frame: Frame) -> str:
    """Compares outputs and running statistics of code and compiled model; returns the code."""
    code = model_code(graph, frame)
    with blank():  # the one draws from its seed, the other is given the same
        ours, theirs = compile_model(graph, frame, seed=3), written(code)
    _shake(ours)
    theirs.load_state_dict(ours.state_dict(), strict=True)
    given = images(frame)
    dropping = sum(_drops(part) for part in ours.modules())
    for training in (True, False) if dropping < 2 else (False,):
        results: list[Tensor | None] = []
        for model in (ours, theirs):
            model.train(training)
            torch.manual_seed(5)
            results.append(_outputs(model, given.clone()))
        assert results[0] is not None or training
        _same(*results)
    for key, value in ours.state_dict().items():
        _same(value, theirs.state_dict()[key])
    return code


def _outputs(model: nn.Module, given: Tensor) -> Tensor | None:
    """What a model gives; None where it cannot be trained on so few values."""
    try:
        return model(given)
    except ValueError as error:
        if "more than 1 value per channel" in str(error):
            return None
        raise


def _same(one: Tensor | None, other: Tensor | None) -> None:
    if one is None or other is None:
        assert one is other
        return
    if torch.equal(one, other):
        return
    torch.testing.assert_close(one, other, rtol=0, atol=0, equal_nan=True)


def _drops(part: nn.Module) -> bool:
    rate = getattr(part, "dropout", 0.0)
    return type(part).__name__ in _DROPPING or (isinstance(rate, float) and rate > 0)


def _shake(model: nn.Module) -> None:
    """Other weights than those at the start, many of which are zeros and ones."""
    stream = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for values in model.parameters():
            values += 0.1 * torch.rand(values.shape, generator=stream)


def formatted(code: str) -> str:
    """What ruff's formatter would change in a text; empty when nothing."""
    return _ruff(code, "format", "--diff")


def ruff(code: str) -> str:
    """What ruff's formatter and its rules E, F and I have against a text; empty when nothing."""
    return formatted(code) + _ruff(code, "check", "--select", "E,F,I")


def _ruff(code: str, *options: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *options, "--isolated", "--line-length", "88", "-"],
        input=code,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr if done.returncode else ""
