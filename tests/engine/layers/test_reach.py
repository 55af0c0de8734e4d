"""Receptive fields of chains and branches, against numbers worked out by hand."""

from __future__ import annotations

from fractions import Fraction

from engine.layers.base import POINTWISE, Misfit, Reach, show
from engine.layers.reshape import Upsample

CONV3 = Reach.window(3, 1, 1)


def test_two_convolutions_of_3_see_5() -> None:
    assert CONV3.then(CONV3) == Reach(-2, 2, 1)
    assert CONV3.then(CONV3).size == 5


def test_a_stride_widens_what_follows() -> None:
    pooled = CONV3.then(Reach.window(2, 2))
    assert (pooled.size, pooled.step) == (4, 2)
    assert pooled.then(CONV3).size == 8


def test_branches_join_to_the_interval_that_covers_both() -> None:
    left, right = Reach(-3, 0, 1), Reach(-1, 2, 1)
    assert left.join(right) == Reach(-3, 2, 1)
    assert POINTWISE.join(CONV3) == CONV3


def test_pooling_and_upsampling_restore_the_step() -> None:
    there = Reach.window(2, 2)
    back = there.then(Upsample().reach(((1, 4, 4),)) or POINTWISE)
    assert back.step == Fraction(1)
    assert back.size == 3


def test_shapes_and_misfits_in_words() -> None:
    assert show((64, 28, 14)) == "64 × 28 × 14"
    assert show((10,)) == "10 features"
    assert str(Misfit("{0} and {1} differ.")) == "“input 1” and “input 2” differ."
