"""torch.compile, where there is a compiler."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from importlib.util import find_spec

import torch
from torch import Tensor, nn

__all__ = ["can_compile", "compiled"]

_COMPILERS = ("c++", "g++", "clang++", "cl")


def can_compile(device: torch.device) -> bool:
    """Whether this machine has what torch.compile needs: a C++ compiler, and Triton for a card."""
    named = os.environ.get("CXX")
    compilers = (named,) if named else _COMPILERS
    if not any(shutil.which(each) for each in compilers):
        return False
    return device.type == "cpu" or find_spec("triton") is not None


def compiled(model: nn.Module) -> Callable[[Tensor], Tensor]:
    """The model's forward, translated at its first call, which takes minutes.

    Dropout draws as it does without (``fallback_random``). Raises what torch raises at that call.
    """
    return torch.compile(model, dynamic=False, options={"fallback_random": True})
