"""Losses: what training makes small. One class a kind; none imports torch before use."""

from engine.losses.base import LOSSES, Loss

__all__ = ["LOSSES", "Loss"]
