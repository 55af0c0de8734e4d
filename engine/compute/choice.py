"""Which arithmetic a model is computed in: what the recipe asks, a rule, or a short trial."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch

from engine.compile.precision import WORTH_MACS
from engine.compute.device import Arithmetic, can_compute, has_matrix_units
from engine.recipe.computing import Computing

__all__ = ["Trial", "choose"]

Trial = Callable[[Sequence[Arithmetic]], "tuple[Arithmetic, str] | None"]
"""Measures arithmetics, the plain one first; gives the one to use and why, None where it cannot."""


def choose(
    device: torch.device, recipe: Computing, macs: int, trial: Trial | None = None
) -> tuple[Arithmetic, str]:
    """The arithmetic for a recipe, with a sentence that says why.

    ``macs`` are the multiply-adds of a whole batch. What the recipe leaves to auto is decided

    - on a card by rule: bf16 where it computes it natively (from Ampere on), else fp16 where it has
      tensor cores (Volta, Turing), else fp32; channels last, which tensor cores want;
    - on a processor by ``trial``, where there is one: of fp32, fp32 with channels last, and bf16
      with channels last where the processor knows it. Which one wins depends on processor and model
      (AVX-512 without AMX, one thread, torch 2.15: bf16 takes a small network at 28 px to 1.5 times
      the speed of fp32, and ResNet-18 at 64 px to 0.85 times);
    - else by rule: bf16 where the processor has AMX and there is enough to compute, or fp32.
    """
    tf32 = recipe.tf32 != "off"
    if device.type == "cuda":
        found, why = _on_card(device, recipe.precision)
    else:
        found, why = _on_processor(device, recipe, macs, trial)
    if recipe.channels_last != "auto":
        found = replace(found, channels_last=recipe.channels_last == "on")
    return replace(found, tf32=tf32), f"Arithmetic: {_words(found)}, {why}."


def _on_card(device: torch.device, precision: str) -> tuple[Arithmetic, str]:
    if precision != "auto":
        return Arithmetic(device, precision, True), "as the recipe asks"
    if has_matrix_units(device):
        return Arithmetic(device, "bf16", True), "which this card computes natively"
    if torch.cuda.get_device_capability(device) >= (7, 0):
        return Arithmetic(device, "fp16", True), "for this card has tensor cores but no bf16"
    return Arithmetic(device, "fp32", True), "because this card has no tensor cores"


def _on_processor(
    device: torch.device, recipe: Computing, macs: int, trial: Trial | None
) -> tuple[Arithmetic, str]:
    plain, last = Arithmetic(device), Arithmetic(device, "fp32", True)
    half = Arithmetic(device, "bf16", True)
    if recipe.precision == "fp16":
        return plain, "because fp16 needs a card"
    if recipe.precision != "auto":
        return (half if recipe.precision == "bf16" else plain), "as the recipe asks"
    if macs < WORTH_MACS:
        return plain, "because the model is too small to gain from another"
    tried = [plain, last, half] if can_compute(device, "bf16") else [plain, last]
    if recipe.channels_last != "auto":
        wanted = recipe.channels_last == "on"
        tried = [replace(each, channels_last=wanted) for each in tried if each is not last]
    if trial is not None and (found := trial(tried)) is not None:
        return found
    if has_matrix_units(device):
        return half, "for which this processor has matrix units"
    return plain, "because nothing else is sure to be faster here"


def _words(found: Arithmetic) -> str:
    return f"{found.precision} with channels last" if found.channels_last else found.precision
