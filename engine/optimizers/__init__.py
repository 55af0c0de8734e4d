"""Optimizers: how a step follows the gradient. One class a kind; none imports torch before use."""

from engine.optimizers.base import OPTIMIZERS, Optimizer

__all__ = ["OPTIMIZERS", "Optimizer"]
