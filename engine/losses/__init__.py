"""Losses: what training makes small. One class a kind; none imports torch before use."""

from engine.losses.base import LOSSES, Link, Loss, LossFunction, TargetKind

__all__ = ["LOSSES", "Link", "Loss", "LossFunction", "TargetKind"]
