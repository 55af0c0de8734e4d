"""Where something enters."""

from __future__ import annotations

import pytest

from engine.layers.base import Shape
from engine.layers.ends import Source


@pytest.mark.parametrize("shape", [(24,), (16, 24), (8, 21, 19), (1, 1, 1)])
def test_a_source_has_the_shape_that_it_is_made_of(shape: Shape) -> None:
    """Sequences, too: what arrives at a block may be any of the three."""
    assert Source.of(shape).shape(()) == shape
