"""Layers made without drawing their starting weights, where a test gives them others or none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch
from torch import nn

__all__ = ["blank"]

LARGE = (nn.Linear, nn.Conv2d)


@contextmanager
def blank() -> Iterator[None]:
    """Within it torch's linear layers and convolutions start at 0: for some classics the draw alone
    takes seconds.
    """
    with pytest.MonkeyPatch.context() as patch:
        for kind in LARGE:
            patch.setattr(kind, "reset_parameters", _zero)
        yield


def _zero(layer: nn.Module) -> None:
    with torch.no_grad():
        for values in layer.parameters(recurse=False):
            values.zero_()
